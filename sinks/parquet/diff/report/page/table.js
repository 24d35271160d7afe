// The table shows the lines around the place that it is scrolled to, and nothing of the
// others but their height.

const beyond = 8; // lines above and below what is seen
const tallest = 8_000_000; // pixels: browsers forget what lies lower than some millions more
const printedLines = 1000;

class Table {
  constructor(lines, open) {
    this.lines = lines;
    this.view = new Int32Array(0);
    this.active = -1; // a place in the view
    this.table = document.getElementById("lines");
    this.scroll = document.getElementById("scroll");
    this.body = this.table.tBodies[0];
    this.width = this.table.tHead.rows[0].cells.length;
    this.body.replaceChildren();
    this.line = 32; // pixels, until one was measured
    this.scroll.addEventListener("scroll", () => this.#soon());
    new ResizeObserver(() => this.#soon()).observe(this.scroll);
    this.table.addEventListener("keydown", (event) => this.#key(event, open));
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-at]");
      if (!row || String(getSelection()) !== "") return; // who marks a value wants to copy it
      this.active = Number(row.dataset.at);
      this.render();
      open(this.view[this.active]);
    });
  }

  // show shows other lines, from the top unless they only grew.
  show(view, grew) {
    this.view = view;
    if (!grew) {
      this.active = -1;
      this.scroll.scrollTop = 0;
    }
    this.render();
  }

  #soon() {
    this.asked ??= requestAnimationFrame(() => { this.asked = undefined; this.render(); });
  }

  get #seen() { return Math.max(0, this.scroll.clientHeight - this.table.tHead.offsetHeight); }
  get #full() { return this.view.length * this.line; }
  get #height() { return Math.min(this.#full, tallest); }

  // ratio is how many pixels of lines a pixel of scrolling is; 1 but in a file of
  // hundreds of thousands of lines.
  get #ratio() {
    const room = this.#height - this.#seen;
    return room > 0 ? (this.#full - this.#seen) / room : 1;
  }

  render() {
    if (this.printing) return;
    const place = this.scroll.scrollTop * this.#ratio;
    const first = Math.max(0, Math.floor(place / this.line) - beyond);
    const last = Math.min(this.view.length, Math.ceil((place + this.#seen) / this.line) + beyond);
    const above = Math.max(0, this.scroll.scrollTop - (place - first * this.line));
    const below = Math.max(0, this.#height - above - (last - first) * this.line);
    const rows = [];
    for (let at = first; at < last; at++) rows.push(this.#row(at));
    this.body.replaceChildren(this.#space(above), ...rows, this.#space(below));
    this.table.setAttribute("aria-rowcount", this.view.length + 1);
    if (this.active >= first && this.active < last) this.table.setAttribute("aria-activedescendant", "at" + this.active);
    else this.table.removeAttribute("aria-activedescendant");
    this.#measure(rows[0]);
  }

  // measure corrects the height of a line, which fonts and magnification change.
  #measure(row) {
    const height = row ? row.getBoundingClientRect().height : 0;
    if (height > 0 && Math.abs(height - this.line) > 0.01) {
      this.line = height;
      this.#soon();
    }
  }

  #space(height) {
    const cell = element("td");
    cell.colSpan = this.width;
    const row = element("tr", "space", cell);
    row.style.height = height + "px";
    row.ariaHidden = "true";
    row.hidden = height === 0;
    return row;
  }

  #row(at) {
    const { lines } = this, line = this.view[at], kind = kinds[lines.kind(line)];
    const cell = (name, ...children) => { const td = element("td", name, ...children); td.setAttribute("role", "gridcell"); return td; };
    const cells = [cell("kind", element("span", "mark " + kind, kind))];
    lines.facts.key.forEach((_, i) => cells.push(cell("key", shown(lines.key(line, i), 0))));
    if (lines.facts.silent) cells.push(cell("silent", lines.silent(line) ? "silent" : ""));
    const before = lines.before(line), after = lines.after(line);
    const differ = firstDifference(before, after);
    const value = (side, v) => cell(side, ...(lines.there(line, side) ? [shown(v, v !== null && differ > 80 ? onPair(v, differ - 40) : 0)] : []));
    cells.push(cell("column", ...nodesOf(lines.columnName(line), false)));
    cells.push(value("before", before), value("after", after));
    const row = element("tr", at === this.active ? "active" : "", ...cells);
    row.id = "at" + at;
    row.dataset.at = at;
    row.ariaRowIndex = String(at + 2);
    row.ariaSelected = String(at === this.active);
    return row;
  }

  #key(event, open) {
    if (event.target !== this.table) return; // a heading
    const page = Math.max(1, Math.floor(this.#seen / this.line) - 1), end = this.view.length - 1;
    const to = { ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + page, PageUp: this.active - page, Home: 0, End: end }[event.key];
    if (event.key === "Enter" && this.active >= 0) open(this.view[this.active]);
    else if (to !== undefined && end >= 0 && !event.altKey && !event.metaKey) this.#go(Math.min(end, Math.max(0, to)));
    else return;
    event.preventDefault();
  }

  // go makes a line the active one and brings it into sight.
  #go(at) {
    this.active = at;
    const top = at * this.line, place = this.scroll.scrollTop * this.#ratio;
    if (top < place) this.scroll.scrollTop = top / this.#ratio;
    else if (top + this.line > place + this.#seen) this.scroll.scrollTop = (top + this.line - this.#seen) / this.#ratio;
    this.render();
  }

  // print shows the first lines of the view, all at once, until it is shown again.
  print() {
    const rows = [];
    for (let at = 0; at < Math.min(printedLines, this.view.length); at++) rows.push(this.#row(at));
    this.printing = true;
    this.body.replaceChildren(...rows);
    return rows.length;
  }

  printed() {
    this.printing = false;
    this.render();
  }
}
