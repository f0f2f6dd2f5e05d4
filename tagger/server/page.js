"use strict";
const find = (id) => document.getElementById(id);
const [text, model, split, nbest, words, token] =
  ["text", "model", "split", "nbest", "words", "token"].map(find);
const [result, problem, said] = ["result", "problem", "said"].map(find);
let written = {}, timer = 0, latest = 0, tags = null;

async function asked(path, body) {
  const headers = {"Content-Type": "application/json"};
  if (token && token.value) headers.Authorization = "Bearer " + token.value;
  const answer = await fetch(path, body ? {method: "POST", headers, body: JSON.stringify(body)} : {headers});
  const data = await answer.json();
  if (!answer.ok)
    throw new Error(typeof data.detail === "string" ? data.detail : "the text cannot be analysed");
  return data;
}

// "word TAG" or, as in a file, with a tab or a comma before the analysis
function entries() {
  return words.value.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const [, surface, analysis] =
      line.match(/^(.*?\S) *[\t,] *(\S.*)$/) || line.match(/^(.*\S) +(\S+)$/) || [];
    if (!analysis) throw new Error("품사가 없는 단어 (a word without a tag): " + line);
    return {surface, analysis};
  });
}

function state() {
  const given = {text: text.value, model: model.value};
  if (split.checked) given.split = "1";
  if (nbest.value !== "1") given.nbest = nbest.value;
  if (words.value.trim()) given.words = words.value;
  return given;
}

async function analyse() {
  const mine = ++latest;
  history.replaceState(null, "", "#" + new URLSearchParams(state()));
  try {
    const body = {
      text: text.value, model: model.value, split_sentences: split.checked,
      user_dictionary: entries(), formats: ["html", "sejong", "conllu", "jsonl"]};
    if (nbest.value !== "1") body.nbest = Number(nbest.value);
    const data = await asked("v1/tag", body);
    tags = tags || await allTags();
    if (mine !== latest) return;  // a later text is on its way
    written = data.written;
    result.className = split.checked ? "numbered" : "";
    result.innerHTML = written.html;  // the server has escaped what is text in it
    const eojeols = data.sentences.flatMap((sentence) => sentence.eojeols);
    fill("others", nbest.value === "1" ? [] : eojeols.flatMap(others));
    fill("names", named(eojeols));
    problem.textContent = "";
  } catch (error) {
    if (mine === latest) problem.textContent = error.message;
  }
}

async function allTags() {
  const sets = await Promise.all(["upos", "sejong", "kaist"].map((name) => asked("v1/tags/" + name)));
  return new Map(sets.flat().map((tag) => [tag.tag, tag]));
}

function others(eojeol) {
  return eojeol.nbest.slice(1).map((analysis, index) => [
    index ? "" : eojeol.surface, analysis.morphemes.map((m) => m.form + "/" + m.tag).join(" + "),
    analysis.score < 0.01 ? "< 1 %" : Math.round(100 * analysis.score) + " %"]);
}

function named(eojeols) {
  const used = eojeols.flatMap(
    (eojeol) => [eojeol.upos, ...eojeol.morphemes.map((morpheme) => morpheme.tag)]);
  return [...new Set(used)].sort().filter((tag) => tags.has(tag))
    .map((tag) => [tag, tags.get(tag).korean, tags.get(tag).english, tags.get(tag).examples]);
}

function fill(id, rows) {
  find(id).hidden = !rows.length;
  find(id).querySelector("table").replaceChildren(...rows.map((row) => {
    const line = document.createElement("tr");
    line.append(...row.map((cell, index) => {
      const element = document.createElement(index ? "td" : "th");
      element.textContent = cell;
      return element;
    }));
    return line;
  }));
}

function later() { clearTimeout(timer); timer = setTimeout(analyse, 250); }

function open() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.has("text")) text.value = given.get("text");
  for (const choice of [model, nbest])
    if ([...choice.options].some((option) => option.value === given.get(choice.id)))
      choice.value = given.get(choice.id);
  split.checked = given.has("split");
  words.value = given.get("words") || "";
  words.closest("details").open = Boolean(words.value);
  analyse();
}

async function copy(what, content) {
  try {
    await navigator.clipboard.writeText(content);
    said.textContent = what + ": 복사함 (copied)";
  } catch { said.textContent = "복사할 수 없음 (cannot copy)"; }
}

for (const field of [text, words, token])
  if (field) field.addEventListener("input", later);
for (const choice of [model, split, nbest]) choice.addEventListener("change", analyse);
window.addEventListener("hashchange", open);
for (const button of document.querySelectorAll("button.example"))
  button.addEventListener("click", () => { text.value = button.textContent; analyse(); });
for (const button of document.querySelectorAll("button[data-format]"))
  button.addEventListener("click", () => copy(button.textContent, written[button.dataset.format] || ""));
find("share").addEventListener("click", () => copy("URL", location.href));
open();
