"use strict";

// How a value looks. A text stays text: every node is made of it, none of markup. What
// cannot be seen, or moves what is beside it (a control, an override of the direction of
// writing, a space that is none), is shown as the escape that it is in Go.

const unseen = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
const named = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function escaped(char) {
  const code = char.codePointAt(0);
  const hex = (n, width) => n.toString(16).padStart(width, "0");
  if (named[char]) return named[char];
  if (code < 0x80) return "\\x" + hex(code, 2);
  if (code >= 0xdc80 && code <= 0xdcff) return "\\x" + hex(code - 0xdc00, 2); // a byte that is no UTF-8
  return code > 0xffff ? "\\U" + hex(code, 8) : "\\u" + hex(code, 4);
}

function element(tag, name, ...children) {
  const e = document.createElement(tag);
  if (name) e.className = name;
  e.append(...children);
  return e;
}

// nodesOf are the nodes of a part of a text; lines keeps the ends of lines.
function nodesOf(text, lines) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(unseen)) {
    if (lines && match[0] === "\n") continue;
    if (match.index > from) nodes.push(text.slice(from, match.index));
    nodes.push(element("span", "escape", escaped(match[0])));
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
}

// spaced shows the spaces at both ends of a text.
function spaced(text, lines) {
  const start = text.length - text.trimStart().length;
  const bare = text.replace(/ +$/, "");
  const first = /^ */.exec(bare)[0].length;
  const dots = (n) => (n ? [element("span", "escape", "·".repeat(n))] : []);
  if (start === text.length && bare === "") return dots(text.length);
  return [...dots(first), ...nodesOf(bare.slice(first), lines), ...dots(text.length - bare.length)];
}

// valueNode is a value: null, the empty text and a text are three things.
function valueNode(value, nodes) {
  if (value === null) return element("span", "none", "null");
  if (value === "") return element("span", "none", '""');
  return element("bdi", "value", ...nodes(value));
}

// shownOf cuts a text for a line of the table. Of two long ones it begins shortly before
// they differ.
const lineWidth = 240;
function shown(value, from) {
  return valueNode(value, (text) => {
    const part = text.slice(from, from + lineWidth);
    const nodes = spaced(part.toWellFormed && from ? part : part, false);
    if (from > 0) nodes.unshift(element("span", "escape", "…"));
    if (from + lineWidth < text.length) nodes.push(element("span", "escape", "… " + count(text.length - from) + " characters"));
    return nodes;
  });
}

function firstDifference(a, b) {
  if (a === null || b === null) return 0;
  const end = Math.min(a.length, b.length);
  let i = 0;
  while (i < end && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  return i;
}

function lastDifference(a, b, first) {
  let n = 0;
  const most = Math.min(a.length, b.length) - first;
  while (n < most && a.charCodeAt(a.length - 1 - n) === b.charCodeAt(b.length - 1 - n)) n++;
  return n;
}

const count = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
