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
    const differ = firstDifference(before, after);
    const same = before === null || after === null ? 0 : lastDifference(before, after, differ);
    this.#fill("before", before, kind !== "added", differ, same);
    this.#fill("after", after, kind !== "removed", differ, same);
    this.dialog.showModal();
  }

  #fill(side, value, there, differ, same, width = wholeWidth) {
    const box = document.getElementById("detail-" + side);
    if (!there) {
      box.replaceChildren(element("span", "none", side === "before" ? "the row was not there" : "the row is gone"));
      return;
    }
    box.replaceChildren(valueNode(value, (text) => {
      const end = Math.max(differ, Math.min(width, text.length) - same * (text.length <= width));
      const parts = [text.slice(0, Math.min(differ, width)), text.slice(differ, Math.min(end, width)), text.slice(Math.min(end, width), width)];
      const changed = differ > 0 || same > 0;
      return changed ? [...nodesOf(parts[0], true), element("mark", "", ...nodesOf(parts[1], true)), ...nodesOf(parts[2], true)] : spaced(text.slice(0, width), true);
    }));
    if (value === null || value.length <= width) return;
    const more = element("button", "", "and " + count(value.length - width) + " characters more");
    more.type = "button";
    more.addEventListener("click", () => this.#fill(side, value, there, differ, same, Infinity));
    box.append(element("p", "", more));
  }
}
