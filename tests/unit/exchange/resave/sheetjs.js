// node sheetjs.js JOBS.json: open, edit and save each workbook with SheetJS, as its users do.
const XLSX = require("xlsx");
const fs = require("fs");

function read(ws) {
  const range = XLSX.utils.decode_range(ws["!ref"]);
  const grid = [];
  for (let r = 0; r <= range.e.r; r++) {
    const row = [];
    for (let c = 0; c <= range.e.c; c++) row.push(ws[XLSX.utils.encode_cell({ r, c })]);
    grid.push(row);
  }
  return grid;
}

function write(ws, grid) {
  for (const key of Object.keys(ws)) if (!key.startsWith("!")) delete ws[key];
  let width = 0;
  grid.forEach((row, r) => {
    width = Math.max(width, row.length);
    row.forEach((cell, c) => {
      if (cell) ws[XLSX.utils.encode_cell({ r, c })] = cell;
    });
  });
  ws["!ref"] = XLSX.utils.encode_range({ s: { r: 0, c: 0 }, e: { r: grid.length - 1, c: width - 1 } });
}

const typed = (value) =>
  value === null ? undefined : typeof value === "number" ? { t: "n", v: value } : { t: "s", v: value };

// Rows and columns are numbered from 1; a column is moved from the row of machine names down, below the title.
const OPS = {
  set: (g, o) => (g[o.row - 1][o.column - 1] = typed(o.value)),
  sort: (g, o) => g.splice(o.first - 1, o.last - o.first + 1, ...g.slice(o.first - 1, o.last).reverse()),
  insert_row: (g, o) => g.splice(o.row - 1, 0, o.values.map(typed)),
  copy_row: (g, o) => g.splice(o.row, 0, g[o.row - 1].map((cell) => cell && { ...cell })),
  delete_row: (g, o) => g.splice(o.row - 1, 1),
  move_column: (g, o) =>
    g.slice(o.top - 1).forEach((row) => row.splice(o.to - 1, 0, ...row.splice(o.column - 1, 1))),
  insert_column: (g, o) =>
    g.slice(o.top - 1).forEach((row, i) => row.splice(o.column - 1, 0, typed(o.values[i] ?? null))),
};

for (const job of JSON.parse(fs.readFileSync(process.argv[2], "utf8"))) {
  const book = XLSX.readFile(job.source, job.styles ? { cellStyles: true } : {});
  const ws = book.Sheets[job.sheet];
  if (job.ops.length) {
    const grid = read(ws);
    for (const op of job.ops) OPS[op.op](grid, op);
    write(ws, grid);
  }
  XLSX.writeFile(book, job.target);
}
