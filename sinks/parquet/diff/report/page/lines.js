// The changes that are in the file. A line is a cell that differs, or a row that holds
// nothing but its key; it is known by its number, in the order of the file.

const kinds = ["added", "removed", "changed"];

class Lines {
  constructor(facts) {
    this.facts = facts;
    this.length = 0;
    this.rows = []; // [kind, silent, key, cells], as in the file
    this.rowOf = new Int32Array(facts.lines);
    this.cellOf = new Int32Array(facts.lines); // where the cell begins in cells; -1: the row has none
    this.inColumn = new Map(); // how many lines each column has
  }

  // read reads an element of rows.
  read(text) {
    for (const row of JSON.parse(text)) {
      const cells = row[3];
      if (cells.length === 0) this.#add(-1, -1);
      for (let at = 0; at < cells.length; at += 3) this.#add(at, cells[at]);
      this.rows.push(row);
    }
  }

  #add(at, column) {
    this.rowOf[this.length] = this.rows.length;
    this.cellOf[this.length++] = at;
    this.inColumn.set(column, (this.inColumn.get(column) || 0) + 1);
  }

  kind(line) { return this.rows[this.rowOf[line]][0]; }
  silent(line) { return this.rows[this.rowOf[line]][1]; }
  key(line, place) { return this.rows[this.rowOf[line]][2][place]; }
  column(line) { return this.#cell(line, 0, -1); }
  before(line) { return this.#cell(line, 1, null); }
  after(line) { return this.#cell(line, 2, null); }
  // there is whether the row of a line is on a side, before or after.
  there(line, side) { return this.kind(line) !== (side === "before" ? 0 : 1); }

  columnName(line) { return this.facts.columns[this.column(line)] ?? ""; }

  #cell(line, part, none) {
    const at = this.cellOf[line];
    return at < 0 ? none : this.rows[this.rowOf[line]][3][at + part];
  }

  // accepts is whether a line is one of those that are looked for.
  accepts(line, { text, column, kind, row }) {
    if (row !== null && this.rowOf[line] !== row) return false;
    if (column !== null && this.column(line) !== column) return false;
    if (kind && !this.#is(line, kind)) return false;
    return text === "" || this.#holds(line, text);
  }

  #is(line, kind) {
    if (kind === kinds[this.kind(line)]) return true;
    if (this.kind(line) !== 2) return false;
    return (kind === "filled" && this.before(line) === null) || (kind === "emptied" && this.after(line) === null) || (kind === "silent" && this.silent(line) === 1);
  }

  #holds(line, text) {
    const has = (value) => value !== null && value.toLowerCase().includes(text);
    return this.rows[this.rowOf[line]][2].some(has) || has(this.before(line)) || has(this.after(line));
  }

  // filter gives those of the lines in order that are looked for.
  async filter(order, query, tick) {
    const found = new Int32Array(order.length);
    let n = 0;
    for (let i = 0; i < order.length; i++) {
      if (this.accepts(order[i], query)) found[n++] = order[i];
      if (i % 4 === 0) { const wait = tick(); if (wait) await wait; }
    }
    return found.subarray(0, n);
  }

  // order gives all lines, sorted by a column of the table; null: as they are in the file.
  async order(by, tick) {
    const all = Int32Array.from({ length: this.length }, (_, i) => i);
    if (by === null) return all;
    const compare = await this.#comparison(by, tick);
    return sorted(all, by.down ? (a, b) => compare(b, a) : compare, tick);
  }

  async #comparison({ column, place }, tick) {
    switch (column) {
      case "kind": return (a, b) => this.kind(a) - this.kind(b);
      case "silent": return (a, b) => this.silent(a) - this.silent(b);
      case "key": return (a, b) => compareTexts(this.key(a, place), this.key(b, place));
      case "column": return (a, b) => compareTexts(this.columnName(a), this.columnName(b));
    }
    return this.#byValue(column, tick);
  }

  // byValue sorts what is not there (of a row that came or went), then null, then the
  // empty text, then numbers by what they count, then texts.
  async #byValue(side, tick) {
    const ranks = new Uint8Array(this.length), numbers = new Float64Array(this.length);
    for (let line = 0; line < this.length; line++) {
      const text = this[side](line);
      ranks[line] = !this.there(line, side) ? 0 : text === null ? 1 : text === "" ? 2 : number.test(text) ? 3 : 4;
      if (ranks[line] === 3) numbers[line] = Number(text);
      if (line % 64 === 0) { const wait = tick(); if (wait) await wait; }
    }
    return (a, b) => ranks[a] - ranks[b] || numbers[a] - numbers[b] || (ranks[a] === 4 ? collator.compare(this[side](a), this[side](b)) : 0);
  }
}

const number = /^-?\d{1,300}(\.\d{1,300})?$/;
const collator = new Intl.Collator("en");
const compareTexts = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
