"use strict";
const form = document.getElementById("filters");
const articles = Array.from(document.querySelectorAll("article"));
const count = form.querySelector("output");

function wanted(article, filter) {
  const data = article.dataset;
  return (!filter.who || data.who.includes(filter.who.trim().toLowerCase()))
    && (!filter.kind || data.kinds.split(" ").includes(filter.kind))
    && (!filter.status || data.status === filter.status)
    && (!filter.from || (data.day && data.day >= filter.from))
    && (!filter.to || (data.day && data.day <= filter.to));
}

function show() {
  const filter = Object.fromEntries(new FormData(form));
  let shown = 0;
  for (const article of articles) {
    article.hidden = !wanted(article, filter);
    shown += !article.hidden;
  }
  count.textContent = shown === articles.length ? `${shown} articles` : `${shown} of ${articles.length} articles`;
}

for (const happened of ["input", "change"]) { form.addEventListener(happened, show); }
form.addEventListener("reset", () => setTimeout(show));
form.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest("a[href^='#']");
  const target = link && document.getElementById(link.getAttribute("href").slice(1));
  if (target) { setTimeout(() => target.focus({ preventScroll: true })); }
});
