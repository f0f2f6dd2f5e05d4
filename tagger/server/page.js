"use strict";
const text = document.getElementById("text"), model = document.getElementById("model");
const result = document.getElementById("result"), problem = document.getElementById("problem");
const said = document.getElementById("said");
let written = {}, timer = 0, latest = 0;

async function analyse() {
  const mine = ++latest;
  history.replaceState(null, "", "#" + new URLSearchParams({text: text.value, model: model.value}));
  const body = {text: text.value, model: model.value, formats: ["html", "sejong", "conllu", "jsonl"]};
  try {
    const answer = await fetch("v1/tag", {
      method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
    const data = await answer.json();
    if (mine !== latest) return;  // a later text is on its way
    if (!answer.ok)
      throw new Error(typeof data.detail === "string" ? data.detail : "the text cannot be analysed");
    written = data.written;
    result.innerHTML = written.html;  // the server has escaped what is text in it
    problem.textContent = "";
  } catch (error) {
    if (mine === latest) problem.textContent = error.message;
  }
}

function later() { clearTimeout(timer); timer = setTimeout(analyse, 250); }

function open() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.has("text")) text.value = given.get("text");
  if ([...model.options].some((option) => option.value === given.get("model")))
    model.value = given.get("model");
  analyse();
}

async function copy(what, content) {
  try {
    await navigator.clipboard.writeText(content);
    said.textContent = what + ": 복사함 (copied)";
  } catch { said.textContent = "복사할 수 없음 (cannot copy)"; }
}

text.addEventListener("input", later);
model.addEventListener("change", analyse);
window.addEventListener("hashchange", open);
for (const button of document.querySelectorAll("button[data-format]"))
  button.addEventListener("click", () => copy(button.textContent, written[button.dataset.format] || ""));
document.getElementById("share").addEventListener("click", () => copy("URL", location.href));
open();
