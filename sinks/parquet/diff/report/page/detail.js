// The detail of a line: both values whole, with what differs marked.

const wholeWidth = 20_000; // characters that are shown at first

class Detail {
  constructor(lines, showRow) {
    this.lines = lines;
    this.dialog = document.getElementById("detail");
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
    document.getElementById("row").addEventListener("click", () => {
      this.dialog.close();
      showRow(this.line);
    });
  }

  open(line) {
    const { lines } = this, kind = kinds[lines.kind(line)];
    this.line = line;
    const title = [kind, lines.silent(line) ? " (silent)" : "", "  "];
    lines.facts.key.forEach((_, i) => title.push(...nodesOf(lines.key(line, i), false), "  "));
    document.getElementById("detail-title").replaceChildren(...title, ...nodesOf(lines.columnName(line), false));
    const before = lines.before(line), after = lines.after(line);
    const first = firstDifference(before, after);
    const same = before === null || after === null ? 0 : lastSame(before, after, first);
    this.#fill("before", before, first, same, wholeWidth);
    this.#fill("after", after, first, same, wholeWidth);
    this.dialog.showModal();
    document.getElementById("detail-before").focus(); // so that the arrows scroll it
  }

  // fill shows a value, with what lies between the first characters and the last ones
  // that both have marked.
  #fill(side, value, first, same, width) {
    const box = document.getElementById("detail-" + side);
    if (!this.lines.there(this.line, side)) {
      box.replaceChildren(element("span", "none", side === "before" ? "the row was not there" : "the row is gone"));
      return;
    }
    box.replaceChildren(valueNode(value, (text) => {
      if (first === 0 && same === 0) return spaced(text.slice(0, onPair(text, width)), true);
      const cut = onPair(text, Math.min(width, text.length)), from = Math.min(first, cut), to = Math.min(text.length - same, cut);
      return [...nodesOf(text.slice(0, from), true), element("mark", "", ...nodesOf(text.slice(from, to), true)), ...nodesOf(text.slice(to, cut), true)];
    }));
    if (value === null || value.length <= width) return;
    const more = element("button", "", `${count(value.length - width)} characters more`);
    more.type = "button";
    more.addEventListener("click", () => this.#fill(side, value, first, same, Infinity));
    box.append(element("p", "", more));
  }
}
