"use strict";
/* The left side: what the colours mean, failure cases, findings that lead to their place. */
RW.side = (function () {
  const el = RW.el, MOST = 400;

  function draw() {
    const side = document.getElementById("side");
    const made = [];
    if (RW.index.kind === "hall") made.push(colours(), el("section", {class: "legend", id: "legend", "aria-label": "Legend"}));
    if (RW.against) made.push(el("section", {class: "changes", id: "changes", "aria-label": "Changes"}));
    made.push(el("section", {class: "findings", id: "findings", "aria-label": "Findings"}));
    side.replaceChildren(...made);
    changes();
    findings("");
    legend();
  }

  function changes() {
    const box = document.getElementById("changes");
    if (box) box.replaceChildren(...RW.against.list());
  }

  function colours() {
    const modes = Object.entries(RW.colours.modes).filter(([name]) => (name !== "case" || RW.index.chunks.includes("supply_nodes") || RW.index.links) && (name !== "change" || RW.against));
    const select = el("select", {id: "colour", on: {change: (event) => choose(event.target.value)}}, ...modes.map(([name, m]) => el("option", {value: name, text: m.title})));
    const trays = el("input", {type: "checkbox", id: "trays", on: {change: (event) => RW.go({trays: event.target.checked})}});
    return el("section", {class: "controls"}, el("label", {for: "colour", text: "Colour racks by"}), select, el("div", {id: "case-box"}),
      el("label", {class: "check"}, trays, " Trays, by fill"));
  }

  async function choose(colour) {
    if (colour === "case") {
      await RW.power.load();
      RW.go({colour: "case", case: RW.power.tables() ? worst() : ""});
    } else RW.go(colour === "trays" ? {colour: colour, trays: true} : {colour: colour});
  }

  /* The component that leaves most racks dark. */
  function worst() {
    const t = RW.power.tables();
    let best = 0, most = -1;
    for (let i = 0; i < Math.min(t.supply_components.rows, 400); i++) {
      const found = RW.power.dark([i]), size = found.dark.size * 1e6 + found.fewer.size;
      if (size > most) { most = size; best = i; }
    }
    return String(best);
  }

  function legend() {
    const box = document.getElementById("legend");
    if (!box) return;
    const now = RW.colours.now(), state = RW.state, isTrayed = state.trays && RW.data.trays.rows;
    document.getElementById("colour").value = state.colour;
    document.getElementById("trays").checked = state.trays;
    const line = (entry, kind) => el("li", {}, el("i", {class: kind + " " + entry.css}), el("span", {text: entry.text}), kind === "swatch" ? el("b", {text: RW.words.count(entry.count || now.counts.get(entry.css) || 0)}) : null);
    box.replaceChildren(el("ul", {}, ...now.legend.filter((e) => now.counts.get(e.css) || e.count).map((e) => line(e, "swatch"))), now.note ? el("p", {class: "soft", text: now.note}) : "",
      isTrayed ? el("h3", {text: "Trays: share of what they may hold"}) : "", isTrayed ? el("ul", {}, ...RW.colours.trayLegend().map((e) => line(e, "stroke"))) : "");
    cases();
  }

  function cases() {
    const box = document.getElementById("case-box"), t = RW.power.tables();
    if (!box) return;
    if (RW.state.colour !== "case" || !t) { box.replaceChildren(); return; }
    if (RW.failure.read(RW.state.case)) { box.replaceChildren(); return; }
    const [first, second] = RW.power.cases(RW.state.case).concat(-1, -1);
    if (box.firstChild) { box.querySelector("#case").value = first; box.querySelector("#case-too").value = second; return; }
    const c = t.supply_components, kinds = new Map();
    for (let i = 0; i < c.rows; i++) kinds.set(c.kind[i], (kinds.get(c.kind[i]) || []).concat(i));
    const groups = () => Array.from(kinds, ([kind, ids]) => el("optgroup", {label: kind}, ...ids.slice(0, 3000).map((i) => el("option", {value: i, text: c.name[i]}))));
    const go = () => RW.go({case: [box.querySelector("#case").value, box.querySelector("#case-too").value].filter((v) => v !== "-1").join(",")});
    box.replaceChildren(el("label", {for: "case", text: "What is out"}), el("select", {id: "case", on: {change: go}}, ...groups()),
      el("label", {for: "case-too", text: "and with it"}), el("select", {id: "case-too", on: {change: go}}, el("option", {value: "-1", text: "nothing else"}), ...groups()));
    box.querySelector("#case").value = first;
    box.querySelector("#case-too").value = second;
  }

  function row(i) {
    const f = RW.data.findings;
    return {i: i, code: f.code[i], name: f.name[i], severity: f.waiver[i] ? "accepted" : f.severity[i], subject: f.subject[i], message: f.message[i], help: f.help[i], kind: f.kind[i], at: f.at[i], rack: f.rack_id[i], hall: f.hall_id[i]};
  }

  function jump(f) {
    const hall = f.rack >= 0 ? RW.data.racks.hall_id[f.rack] : f.hall, go = {finding: f.i, cable: "", device: -1, tray: -1};
    if (f.kind === "cable") go.cable = f.subject;
    else if (f.kind === "device" && f.at >= 0) go.device = f.at;
    else if (f.kind === "device") go.device = deviceNamed(f.subject);
    else if (f.kind === "tray") go.tray = f.at;
    if (RW.index.kind === "rack") { RW.go(go); return; }
    if (f.rack >= 0) go.rack = f.rack;
    if (hall >= 0) { go.view = RW.state.view === "rack" && f.rack >= 0 ? "rack" : "hall"; go.hall = hall; }
    if (f.kind === "node" && hall < 0 && RW.index.drawings.some((d) => d.name === "supply_one_line")) go.view = "line";
    RW.go(go);
    if (f.rack >= 0 || f.kind === "tray") RW.emit("look");
  }

  function deviceNamed(text) {
    const found = RW.names.devicesNamed(text.replace("/", "-"));
    return found.length ? found[0].id : -1;
  }

  function item(f) {
    const place = f.rack >= 0 && RW.data.racks ? RW.data.racks.name[f.rack] : f.subject;
    return el("li", {class: "finding " + f.severity + (RW.state.finding === f.i ? " chosen" : "")}, el("button", {type: "button", "data-finding": f.i, on: {click: () => jump(f)}},
      el("span", {class: "sev " + f.severity, text: f.severity}), el("span", {class: "code", text: f.code}), el("span", {class: "place", text: place}), el("span", {class: "message"}, ...RW.prose(f.message))),
    RW.state.finding === f.i && f.help ? el("p", {class: "help"}, ...RW.prose(f.help)) : null);
  }

  function findings(filter) {
    const box = document.getElementById("findings"), t = RW.data.findings, order = {error: 0, warning: 1, info: 2, accepted: 3}, wanted = filter.toLowerCase();
    const all = Array.from({length: t.rows}, (_, i) => row(i)).filter((f) => !wanted || [f.code, f.name, f.subject, f.message].some((x) => x.toLowerCase().includes(wanted)));
    all.sort((a, b) => order[a.severity] - order[b.severity] || a.i - b.i);
    const list = el("ul", {class: "list"}, ...all.slice(0, MOST).map(item)), rest = all.length > MOST ? el("p", {class: "soft", text: `and ${RW.words.count(all.length - MOST)} more; filter by a word`}) : "";
    if (box.querySelector("input")) { box.querySelector(".list").replaceWith(list); return; }
    const input = t.rows > 8 ? el("input", {type: "search", placeholder: "code or word", "aria-label": "Filter findings", on: {input: (event) => findings(event.target.value)}}) : "";
    box.replaceChildren(el("h3", {}, "Findings ", el("span", {class: "count", text: RW.words.count(t.rows)})), input, t.rows ? list : el("p", {class: "soft", text: "None: no rule has anything to say."}), rest);
  }

  /* Findings of one place, as a block of the details. */
  function here(is, title) {
    const found = Array.from({length: RW.data.findings.rows}, (_, i) => row(i)).filter(is);
    return found.length ? RW.panes.block(title, el("ul", {class: "list"}, ...found.slice(0, 50).map(item))) : "";
  }

  function mark() {
    const box = document.getElementById("findings"), input = box && box.querySelector("input");
    if (box) findings(input ? input.value : "");
  }

  return {draw: draw, worst: worst, legend: legend, here: here, mark: mark, changes: changes};
})();
