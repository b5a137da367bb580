// What the pages gain from a script: copy buttons, live checks, themes without a reload, relative
// times, modal questions. Every page works without it.
"use strict";
(() => {
  const root = document.documentElement;
  root.dataset.script = "";
  const announce = (text) => {
    const place = document.getElementById("announce");
    if (place) place.textContent = text;
  };

  // How long ago, with the exact instant as the title.
  const steps = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const showTimes = (within) => {
    for (const time of within.querySelectorAll("time[datetime]")) {
      const at = Date.parse(time.dateTime);
      if (Number.isNaN(at)) continue;
      if (!time.title) time.title = time.textContent;
      const seconds = (at - Date.now()) / 1000;
      const step = steps.find(([, size]) => Math.abs(seconds) >= size);
      time.textContent = step ? relative.format(Math[seconds < 0 ? "trunc" : "round"](seconds / step[1]), step[0]) : "just now";
    }
  };

  // Copy buttons.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.dataset.done = "";
      announce("Copied");
      setTimeout(() => delete button.dataset.done, 1500);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(button.previousElementSibling);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      announce("Selected; press the copy keys");
    }
  });

  // Questions become modal: the page behind them cannot be reached.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[popovertarget]");
    const dialog = button && document.getElementById(button.getAttribute("popovertarget"));
    if (!dialog || dialog.tagName !== "DIALOG") return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else dialog.showModal();
  });

  // Search within a list of the page: only what fits is shown.
  document.addEventListener("input", (event) => {
    const search = event.target.closest("[data-filter]");
    if (!search) return;
    const words = search.value.trim().toLowerCase().split(/\s+/);
    const rows = [...search.closest("fieldset").querySelectorAll("li")];
    for (const row of rows) {
      const text = row.querySelector("label").textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    announce(`${rows.filter((row) => !row.hidden).length} shown`);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.closest("[data-filter]")) event.preventDefault();
  });

  // Themes: kept in the cookie the server reads.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-themes]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button === event.submitter));
    }
  });

  // Live checks: a part of the page that is not complete is asked for again, as long as somebody
  // looks at it and nothing in it has the focus.
  const refresh = async () => {
    const part = document.querySelector("[data-refresh]");
    if (!part) return;
    if (document.visibilityState === "visible" && !part.contains(document.activeElement)) {
      try {
        const answer = await fetch(part.dataset.refresh, { headers: { Accept: "text/html" } });
        const type = answer.headers.get("Content-Type") || "";
        if (!answer.ok || answer.redirected || !type.startsWith("text/html")) return;
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
        if (!fresh) return;
        const said = part.querySelector("[data-live]")?.textContent;
        showTimes(fresh);
        part.replaceWith(fresh);
        const says = fresh.querySelector("[data-live]")?.textContent;
        if (says !== said) announce(says);
      } catch {
        // Away for the moment; asked again below.
      }
    }
    setTimeout(refresh, 4000);
  };

  // Checks without a new page: what the page would show afterwards takes the place of what it shows.
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-check]");
    if (!form || !form.closest("[data-fresh]")) return;
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    announce("Checking");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok) throw new Error("refused");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const parts = [...document.querySelectorAll("[data-fresh]")];
      if (!parts.every((part) => page.getElementById(part.id))) throw new Error("another page");
      const row = form.closest("li")?.id;
      for (const part of parts) {
        const fresh = page.getElementById(part.id);
        showTimes(fresh);
        part.replaceWith(fresh);
      }
      const place = (row && document.getElementById(row)) || document;
      place.querySelector("form[data-check] button")?.focus({ preventScroll: true });
      announce(page.querySelector("[data-live]")?.textContent || "Checked");
    } catch {
      button.disabled = false;
      form.submit();
    }
  });

  // Rows of a form: its buttons that add and take away do so without a new page.
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-rows]");
    if (!form || event.submitter?.name !== "edit") return;
    event.preventDefault();
    const place = form.querySelector("#conditions");
    const body = new URLSearchParams(new FormData(form, event.submitter));
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body });
      if (!answer.ok) throw new Error("refused");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("form[data-rows] #conditions");
      if (!fresh) throw new Error("another page");
      place.replaceWith(fresh);
      fitComparators(fresh);
      const rows = [...fresh.querySelectorAll(".condition")];
      rows.at(-1)?.querySelector("select").focus();
      announce(`${rows.length} ${rows.length === 1 ? "condition" : "conditions"}`);
    } catch {
      const word = document.createElement("input");
      Object.assign(word, { type: "hidden", name: "edit", value: event.submitter.value });
      form.append(word);
      HTMLFormElement.prototype.submit.call(form);
    }
  });

  // Only the comparators that fit what a condition looks at can be chosen.
  const fitComparators = (within) => {
    for (const field of within.querySelectorAll("select[data-fits]")) {
      const fitting = field.selectedOptions[0].dataset.fits.split(" ");
      const comparator = field.closest(".condition").querySelector("select[name^=comparator]");
      for (const option of comparator.options) {
        option.hidden = option.disabled = !fitting.includes(option.value);
      }
      if (comparator.selectedOptions[0]?.disabled) comparator.value = fitting[0];
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-fits]")) fitComparators(event.target.closest(".condition"));
  });

  document.addEventListener("DOMContentLoaded", () => {
    fitComparators(document);
    // On a phone the tab of this page may lie beyond the edge.
    document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
    // What was refused may stand below the fold. Of a group it is the first of its choices; a part of
    // the form that is not shown cannot take the focus.
    const refused = "main [aria-invalid=true], main .invalid:not(:has([aria-invalid])) :is(input, select):not([type=search])";
    [...document.querySelectorAll(refused)].find((field) => field.getClientRects().length)?.focus();
    showTimes(document);
    setInterval(() => showTimes(document), 60000);
    setTimeout(refresh, 4000);
  });
})();
