// The page: what is read, looked for and shown.

const byId = (id) => document.getElementById(id);

class Page {
  constructor(facts) {
    this.facts = facts;
    this.lines = new Lines(facts);
    this.detail = new Detail(this.lines, (line) => this.showRow(line));
    this.table = new Table(this.lines, (line) => this.detail.open(line));
    this.work = new Work();
    this.order = null; // of all lines, as the table is sorted
    this.sort = null;
    this.ordered = null; // the sort that order is of
    this.row = null; // the row that alone is shown
    this.#listen();
  }

  #listen() {
    let typed;
    const choose = () => { this.row = null; this.update(); };
    byId("search").addEventListener("input", () => { clearTimeout(typed); typed = setTimeout(choose, 150); });
    byId("filter").addEventListener("submit", (event) => event.preventDefault());
    byId("property").addEventListener("change", choose);
    byId("kind").addEventListener("change", choose);
    byId("all").addEventListener("click", () => this.look("", "", ""));
    for (const bar of document.querySelectorAll(".bar")) {
      bar.addEventListener("click", () => {
        const again = bar.ariaPressed === "true";
        this.look("", again ? "" : bar.dataset.column, again ? "" : "changed");
        byId("changes").scrollIntoView();
      });
    }
    for (const heading of document.querySelectorAll("[data-sort]")) heading.addEventListener("click", () => this.sortBy(heading));
    addEventListener("beforeprint", () => this.#print());
    addEventListener("afterprint", () => this.table.printed());
  }

  // read reads all that is in the file, and shows the first of it at once.
  async read() {
    const tick = new Work().begin();
    for (const script of document.querySelectorAll("script.rows")) {
      this.lines.read(script.textContent);
      if (this.table.view.length < 100) this.table.show(Int32Array.from({ length: this.lines.length }, (_, i) => i), true);
      this.#say(`reading ${count(this.lines.length)} of ${count(this.facts.lines)} changes`);
      await tick();
    }
    if (this.lines.length !== this.facts.lines || this.lines.rows.length !== this.facts.rows) throw new Error(`it holds ${this.lines.length} of ${this.facts.lines} changes`);
    this.#offerProperties();
    this.ready = true;
    await this.update();
  }

  #offerProperties() {
    const select = byId("property");
    const columns = [...this.lines.inColumn].filter(([column]) => column >= 0).sort(([a], [b]) => a - b);
    for (const [column, n] of columns) {
      const option = element("option", "", ...nodesOf(this.facts.columns[column], false).map((node) => node.textContent ?? node), ` (${count(n)})`);
      option.value = column;
      select.append(option);
    }
  }

  // look sets what is looked for.
  look(text, column, kind, row = null) {
    this.row = row;
    byId("search").value = text;
    byId("property").value = column;
    byId("kind").value = kind;
    this.update();
  }

  showRow(line) {
    this.look("", "", "", this.lines.rowOf[line]);
    byId("lines").focus();
  }

  sortBy(heading) {
    const { sort: column, place } = heading.dataset, was = this.sort;
    const same = was && was.column === column && was.place === place;
    this.sort = same && was.down ? null : { column, place, down: Boolean(same) };
    for (const th of document.querySelectorAll("#lines th")) th.ariaSort = null;
    if (this.sort) heading.parentElement.ariaSort = same ? "descending" : "ascending";
    this.update();
  }

  // update shows the lines that are looked for, as they are to be sorted.
  async update() {
    if (!this.ready) return; // read will
    const text = byId("search").value.toLowerCase(), chosen = byId("property").value, kind = byId("kind").value;
    const query = { text, column: chosen === "" ? null : Number(chosen), kind, row: this.row };
    for (const bar of document.querySelectorAll(".bar")) bar.ariaPressed = String(bar.dataset.column === chosen);
    const { sort } = this, tick = this.work.begin();
    byId("lines").ariaBusy = "true";
    try {
      if (!this.order || this.ordered !== sort) {
        this.#say("sorting");
        this.order = await this.lines.order(sort, tick);
        this.ordered = sort;
      }
      this.#say("searching");
      this.table.show(await this.lines.filter(this.order, query, tick));
    } catch (err) {
      if (!(err instanceof Overtaken)) broken(err);
      return;
    }
    byId("lines").ariaBusy = "false";
    const missing = this.facts.all - this.facts.lines;
    this.#say(`${count(this.table.view.length)} of the ${count(this.facts.lines)} changes in this file${this.row === null ? "" : ": those of one row"}` + (missing > 0 ? `; ${count(missing)} more are not in it` : ""));
  }

  #say(text) { byId("state").textContent = text; }

  #print() {
    const n = this.table.print();
    byId("printed").textContent = n < this.table.view.length ? `printed are the first ${count(n)} of the ${count(this.table.view.length)} changes that were chosen` : "";
  }
}

function broken(why) {
  const note = byId("broken");
  note.textContent = "the changes cannot be shown: " + why.message;
  note.hidden = false;
}

try {
  new Page(JSON.parse(byId("facts").textContent)).read().catch(broken);
} catch (err) {
  broken(err);
}
