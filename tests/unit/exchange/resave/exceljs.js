// node exceljs.js JOBS.json: open, edit and save each workbook with ExcelJS, by its own calls where it has them.
const ExcelJS = require("exceljs");
const fs = require("fs");

const OPS = {
  set: (ws, o) => (ws.getCell(o.row, o.column).value = o.value),
  sort: (ws, o) => {
    const rows = [];
    for (let r = o.first; r <= o.last; r++) rows.push(ws.getRow(r).values.slice());
    rows.reverse().forEach((values, i) => put(ws, o.first + i, values));
  },
  insert_row: (ws, o) => ws.insertRow(o.row, o.values, "i"),
  copy_row: (ws, o) => ws.duplicateRow(o.row, 1, true),
  delete_row: (ws, o) => ws.spliceRows(o.row, 1),
  move_column: (ws, o) => columns(ws, o.top, (cells) => cells.splice(o.to - 1, 0, ...cells.splice(o.column - 1, 1))),
  insert_column: (ws, o) => columns(ws, o.top, (cells, i) => cells.splice(o.column - 1, 0, o.values[i] ?? null)),
};

function put(ws, number, values) {
  for (let c = 1; c <= ws.columnCount; c++) ws.getCell(number, c).value = values[c] ?? null;
}

function columns(ws, top, change) {
  const width = ws.columnCount;
  for (let r = top, last = ws.rowCount; r <= last; r++) {
    const cells = [];
    for (let c = 1; c <= width; c++) cells.push(ws.getCell(r, c).value);
    change(cells, r - top);
    cells.forEach((value, c) => (ws.getCell(r, c + 1).value = value));
  }
}

(async () => {
  for (const job of JSON.parse(fs.readFileSync(process.argv[2], "utf8"))) {
    const book = new ExcelJS.Workbook();
    await book.xlsx.readFile(job.source);
    for (const op of job.ops) OPS[op.op](book.getWorksheet(job.sheet), op);
    await book.xlsx.writeFile(job.target);
  }
})();
