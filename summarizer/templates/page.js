"use strict";
const form = document.getElementById("filters");
const articles = Array.from(document.querySelectorAll("article"));
const count = form.querySelector("output");

function wanted(article, filter) {
  const data = article.dataset;
  return (!filter.who || data.who.includes(filter.who.trim().toLowerCase()))
    && (!filter.kind || data.kinds.split(" ").includes(filter.kind))
    && (!filter.status || data.status === filter.status);
}

function inSpan(day, filter) {
  return (!filter.from || day >= filter.from) && (!filter.to || day <= filter.to);
}

function show() {
  const filter = Object.fromEntries(new FormData(form));
  const span = filter.from || filter.to;
  let shown = 0;
  let undated = 0;
  for (const article of articles) {
    const day = article.dataset.day;
    const fits = wanted(article, filter);
    article.hidden = !fits || (day ? !inSpan(day, filter) : span && !filter.undated);
    shown += !article.hidden;
    undated += fits && !day;
  }
  count.textContent = told(shown, span ? undated : 0, filter.undated);
}

function told(shown, undated, kept) {
  const all = shown === articles.length ? `${shown} articles` : `${shown} of ${articles.length} articles`;
  if (!undated) { return all; }
  return kept ? `${all}, ${undated} of them without a known day` : `${all}; ${undated} without a known day left out`;
}

for (const happened of ["input", "change"]) { form.addEventListener(happened, show); }
form.addEventListener("reset", () => setTimeout(show));
form.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest("a[href^='#']");
  const target = link && document.getElementById(link.getAttribute("href").slice(1));
  if (target) { setTimeout(() => target.focus({ preventScroll: true })); }
});
