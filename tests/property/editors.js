// node editors.js: opens each workbook that a line on standard input names and saves it with the program named.
const XLSX = require("xlsx");
const ExcelJS = require("exceljs");

async function save({ program, source, target }) {
  if (program === "SheetJS") return XLSX.writeFile(XLSX.readFile(source), target);
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(source);
  await book.xlsx.writeFile(target);
}

(async () => {
  for await (const line of require("readline").createInterface({ input: process.stdin })) {
    let told = "saved";
    try {
      await save(JSON.parse(line));
    } catch (error) {
      told = String(error).split("\n")[0];
    }
    console.log(told);
  }
})();
