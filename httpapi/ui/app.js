// The dashboard's first page: the table of GET /admin/cluster, fetched anew every two seconds while the page
// is visible. Everything that comes from the server is set as text, never as markup.
"use strict";

const refreshMilliseconds = 2000;
const byId = (id) => document.getElementById(id);

function element(name, text, className) {
  const e = document.createElement(name);
  e.textContent = text;
  if (className) e.className = className;
  return e;
}

const unknown = (v, show = String) => (v === null || v === undefined ? "?" : show(v));

function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) { n /= 1000; i++; }
  return (i === 0 ? n : n.toFixed(1)) + " " + units[i];
}

function ago(time) {
  const s = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000));
  if (s < 60) return s + "s";
  if (s < 3600) return Math.floor(s / 60) + "m" + (s % 60) + "s";
  return Math.floor(s / 3600) + "h" + Math.floor((s % 3600) / 60) + "m";
}

const milliseconds = (us) => (us ? (us / 1000).toFixed(1) : "–");

function row(n) {
  const tr = document.createElement("tr");
  tr.append(
    element("td", n.name),
    element("td", n.state, n.state),
    element("td", unknown(n.since, ago)),
    element("td", n.partitions),
    element("td", unknown(n.keys)),
    element("td", unknown(n.bytes, bytes)),
    element("td", n.hints ? n.hints + " (" + bytes(n.hint_bytes) + ")" : "0"),
    element("td", milliseconds(n.get_p99_us) + " / " + milliseconds(n.put_p99_us) + " ms"),
    element("td", n.data),
  );
  return tr;
}

function problem(p) {
  const li = element("li", p.what + (p.cause ? " (" + p.cause + ")" : ""));
  li.append(document.createElement("br"), element("span", p.next, "next"));
  return li;
}

function show(c) {
  const down = c.nodes.filter((n) => n.state === "down").length;
  byId("verdict").textContent = c.verdict;
  byId("verdict").className = c.verdict;
  byId("summary").textContent =
    (c.layout === null ? "no layout yet" : "layout " + c.layout) + " · " + c.nodes.length + " nodes, " +
    down + " down · " + c.can_fail + " more may fail";
  byId("nodes").replaceChildren(...c.nodes.map(row));
  byId("problems").replaceChildren(...c.problems.map(problem));
}

async function refresh() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch("../admin/cluster", { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error("this node answers " + answer.status);
      show(await answer.json());
    } catch (e) {
      byId("verdict").textContent = "no answer: " + e.message;
      byId("verdict").className = "unavailable";
    }
  }
  setTimeout(refresh, refreshMilliseconds);
}

refresh();
