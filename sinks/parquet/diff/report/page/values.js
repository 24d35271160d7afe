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
  let first = 0, end = text.length;
  while (first < end && text[first] === " ") first++;
  while (end > first && text[end - 1] === " ") end--;
  const dots = (n) => (n ? [element("span", "escape", "·".repeat(n))] : []);
  return [...dots(first), ...nodesOf(text.slice(first, end), lines), ...dots(text.length - end)];
}

// valueNode is a value: null, the empty text and a text are three things.
function valueNode(value, nodes) {
  if (value === null) return element("span", "none", "null");
  if (value === "") return element("span", "none", '""');
  return element("bdi", "value", ...nodes(value));
}

// shown is a value in a line of the table, from a place on where it is long.
const lineWidth = 240;
function shown(value, from) {
  return valueNode(value, (text) => {
    const nodes = spaced(text.slice(from, onPair(text, from + lineWidth)), false);
    if (from > 0) nodes.unshift(element("span", "escape", "…"));
    const more = text.length - from - lineWidth;
    if (more > 0) nodes.push(element("span", "escape", `… ${count(more)} characters more`));
    return nodes;
  });
}

// onPair moves a place out of the middle of a character.
function onPair(text, at) {
  const half = text.charCodeAt(at), before = text.charCodeAt(at - 1);
  return half >= 0xdc00 && half < 0xe000 && before >= 0xd800 && before < 0xdc00 ? at - 1 : at;
}

function firstDifference(a, b) {
  if (a === null || b === null) return 0;
  const end = Math.min(a.length, b.length);
  let i = 0;
  while (i < end && a.slice(i, i + 4096) === b.slice(i, i + 4096)) i += 4096; // texts of a megabyte are compared at each line that is drawn
  i = Math.min(i, end);
  while (i < end && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  return onPair(a, i);
}

// lastSame is how many characters at their ends are the same, of what follows the first
// difference.
function lastSame(a, b, first) {
  let n = 0;
  const most = Math.min(a.length, b.length) - first;
  while (n < most && a.charCodeAt(a.length - 1 - n) === b.charCodeAt(b.length - 1 - n)) n++;
  return Math.max(0, a.length - onPair(a, a.length - n) === n ? n : n - 1);
}

const count = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
