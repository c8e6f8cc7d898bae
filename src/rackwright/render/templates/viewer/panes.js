"use strict";
/* What is chosen, in words: rack, device with its ports, cable with its ends and why it is what it is, tray, finding. */
RW.panes = (function () {
  const el = RW.el, w = RW.words;
  let turn = 0;

  const facts = (pairs) => el("dl", {class: "facts"}, ...pairs.filter((p) => p && p[1] !== "" && p[1] !== null && p[1] !== undefined)
    .map(([k, v]) => [el("dt", {}, ...RW.prose(k)), el("dd", {}, v instanceof Node ? v : String(v))]).flat());
  const link = (text, go, about) => el("button", Object.assign({class: "link", type: "button", text: text, on: {click: go}}, about || {}));
  const head = (kicker, title, ...more) => el("header", {class: "pane-head"}, el("p", {class: "kicker", text: kicker}), el("h2", {text: title}), ...more);
  const block = (title, ...children) => el("section", {class: "block"}, el("h3", {text: title}), ...children);

  RW.rackWords = function (i) {
    const r = RW.data.racks, what = r.design_id[i] < 0 ? "switch rack" : RW.data.designs.design[r.design_id[i]];
    return `${r.name[i]} · ${what}${r.pod[i] >= 0 ? ", unit " + (r.pod[i] + 1) : ""} · ${w.watt(r.power_w[i])}`;
  };
  RW.trayWords = function (i) {
    const t = RW.data.trays, fill = RW.colours.tray(i);
    return `${t.kind[i]} tray ${i}, ${t.level[i]}${t.side[i] ? ", side " + t.side[i] : ""}: ${w.percent(fill.share)} of what it may hold`;
  };
  RW.deviceWords = function (d, frame) {
    const u = d.u > 0 ? `${frame.unit} ${d.u}${d.units > 1 ? "–" + (d.u + d.units - 1) : ""}` : "";
    return [d.name, d.part, u, d.power > 0 ? w.watt(d.power) : "", d.feed ? "feed " + d.feed : ""].filter(Boolean).join(" · ");
  };

  /* The pane anew; what comes late is dropped when something else was chosen meanwhile. */
  async function show() {
    const pane = document.getElementById("details"), mine = ++turn, s = RW.state;
    pane.setAttribute("aria-busy", "true");
    const isLate = () => mine !== turn;
    try {
      let made;
      if (s.cable) made = await cable(s.cable, isLate);
      else if (s.device >= 0) made = await device(s.device, isLate);
      else if (s.part && RW.index.kind === "hall") made = RW.parts.pane(s.part);
      else if (s.tray >= 0) made = tray(s.tray);
      else if (s.rack >= 0) made = await rack(s.rack, isLate);
      else made = whole();
      if (isLate()) return;
      pane.replaceChildren(...made);
    } catch (fault) {
      if (isLate()) return;
      pane.replaceChildren(el("p", {class: "fault", role: "alert", text: fault.message}));
    }
    pane.removeAttribute("aria-busy");
  }

  /* Of the campus, a hall or the rack as a whole: its key figures. */
  function whole() {
    const i = RW.index, s = RW.state, made = [];
    if (i.kind === "hall" && s.view === "hall") {
      const h = RW.data.halls, n = s.hall;
      made.push(head("hall", h.name[n]), facts([["Racks", w.count(h.racks[n])], ["Switch racks", w.count(h.switch_racks[n])], ["Rack places", w.count(h.places[n])],
        ["Power", w.watt(h.power_w[n])], ["Heat into liquid", w.watt(h.heat_liquid_w[n])], ["Heat into air", w.watt(h.heat_air_w[n])],
        ["Size", w.metres(h.width_mm[n]) + " × " + w.metres(h.depth_mm[n])], ["Mass", w.count(h.mass_kg[n]) + " kg"]]));
      if (i.halls > 1) return made;
    } else {
      made.push(head(i.kind === "rack" ? "rack" : i.halls > 1 ? "campus" : "hall", i.name + (i.variant ? " @" + i.variant : "")));
    }
    const topics = new Map();
    for (const r of i.summary) {
      if (!topics.has(r.topic)) topics.set(r.topic, []);
      topics.get(r.topic).push([r.title, el("span", {text: r.text, title: r.note || null})]);
    }
    for (const [topic, pairs] of topics) made.push(block(topic, facts(pairs)));
    made.push(el("p", {class: "soft", text: "Click a rack, a device, a port or a tray; type a name into the search."}));
    return made;
  }

  /* Shows on the plan what the loss of a switch, or of a rack of them, takes from others. */
  const fails = (text) => (text ? link("If it fails", async () => {
    await RW.failure.show(text);
    if (RW.state.view === "rack" || RW.state.view === "line") RW.go({view: "hall"});
  }) : "");

  function rowName(hall, row) {
    const rows = RW.data.rows, i = Array.from(rows.hall_id.keys()).find((k) => rows.hall_id[k] === hall && rows.row[k] === row);
    return i === undefined ? row + 1 : rows.name[i];
  }

  function rackFacts(i) {
    const r = RW.data.racks, d = r.design_id[i];
    return facts([["Design", d < 0 ? "switch rack" : RW.data.designs.design[d]], ["Hall, row, place", `${RW.data.halls.name[r.hall_id[i]]}, ${rowName(r.hall_id[i], r.row[i])}, ${r.position[i] + 1}`],
      ["Scalable unit", r.pod[i] < 0 ? "serves all" : w.count(r.pod[i] + 1)], ["Power", w.watt(r.power_w[i])],
      ["Heat into liquid", w.watt(r.heat_liquid_w[i])], ["Heat into air", w.watt(r.heat_air_w[i])], ["Mass", w.count(r.mass_kg[i]) + " kg"]]);
  }

  async function rack(i, isLate) {
    if (RW.index.kind === "rack") return whole();
    const r = RW.data.racks, made = [head("rack", r.name[i])];
    made.push(el("p", {class: "actions"}, RW.state.view === "rack" ? link("Show on the plan", () => RW.go({view: "hall", hall: r.hall_id[i]})) : link("Front and rear", () => RW.go({view: "rack", rack: i})), fails(r.design_id[i] < 0 ? "rack " + i : "")));
    made.push(rackFacts(i), RW.against ? RW.against.here(i) : "", RW.side.here((f) => f.rack === i, "Findings here"));
    await RW.power.load();
    if (isLate()) return made;
    const feeds = RW.power.feeds(i);
    if (feeds.length) {
      made.push(block("Feeds", el("ul", {class: "feeds"}, ...feeds.map((f) => el("li", {}, el("b", {text: `${f.feed} on path ${f.path}`}), " ", w.watt(f.watt),
        el("ol", {class: "chain"}, ...RW.power.chain(f.node).map((b) => el("li", {}, b.name, Number.isFinite(b.loading) ? el("span", {class: "soft", text: " " + w.percent(b.loading)}) : null))))),
      ), el("p", {class: "soft", text: `needs ${feeds[0].needed} of ${feeds.length} alive; percentages are the normal loading of each link of the chain`})));
    }
    const devices = RW.names.devicesOf(i).map(RW.names.device);
    made.push(block("Devices", el("ul", {class: "names"}, ...devices.reverse().map((d) => el("li", {}, el("span", {class: "u", text: d.u > 0 ? d.u : ""}),
      link(d.name, () => RW.select.device(d.id)), el("span", {class: "soft", text: d.part}))))));
    return made;
  }

  async function device(id, isLate) {
    if (RW.index.kind === "rack") return RW.inside.device(id);
    const d = RW.names.device(id);
    if (!d) return [el("p", {class: "fault", role: "alert", text: "There is no such device in this package."})];
    const what = d.isSwitch ? "switch" : "device", made = [head(what, d.name, el("p", {class: "sub", text: d.end}))];
    made.push(el("p", {class: "actions"}, link("Rack " + d.rackName, () => RW.select.rack(d.rack)), RW.state.view === "rack" ? link("Show on the plan", () => RW.go({view: "hall", hall: RW.data.racks.hall_id[d.rack]})) : link("Front and rear", () => RW.go({view: "rack", rack: d.rack})), fails(d.isSwitch ? "switch " + id : "")));
    const fabric = d.isSwitch ? RW.data.fabrics.fabric[d.fabric] : "";
    made.push(facts([["Part", d.part], ["Unit", d.u > 0 ? d.u : "takes none"], ["Fabric", fabric], ["Tier", d.isSwitch ? ["leaf", "spine", "core"][d.tier] || d.tier : ""],
      ["Plane", d.isSwitch && RW.data.fabrics.planes[d.fabric] > 1 ? d.plane + 1 : ""], ["Scalable unit", d.pod >= 0 ? d.pod + 1 : "serves all"]]));
    made.push(RW.side.here((f) => f.kind === "device" && f.at === id, "Findings here"));
    const list = el("div", {class: "ports-block"}, el("p", {class: "soft", text: "Reading its cables …"}));
    made.push(list);
    ports(d, list, isLate);
    return made;
  }

  /* Ports of a device by name, each with what it leads to; a click shows the cable. */
  async function ports(d, list, isLate) {
    let cables;
    try {
      cables = await RW.links.at([d.id], (done, of) => { if (of > 3 && !isLate()) list.firstChild.textContent = `Reading its cables, ${done} of ${of} parts …`; });
    } catch (fault) {
      list.replaceChildren(el("p", {class: "fault", role: "alert", text: fault.message}));
      return;
    }
    if (isLate()) return;
    const rows = [];
    for (const c of cables) for (const l of c.links) for (const side of ["a", "b"]) {
      if (l[side] !== d.id) continue;
      const far = l.ends[side === "a" ? "b" : "a"];
      rows.push({port: l.ends[side].port, number: l.ends[side].number, cable: c, far: far, fabric: l.fabric, leg: l.leg, legs: c.links.length});
    }
    for (const o of RW.names.outside(d.id)) rows.push({port: o.port, number: 1e6, cable: null, out: o.leads});
    rows.sort((x, y) => (x.fabric || 0) - (y.fabric || 0) || x.number - y.number);
    const shown = rows.slice(0, 600);
    list.replaceChildren(block(w.many(rows.length, "port") + " in use", el("ul", {class: "ports"}, ...shown.map((r) => el("li", {},
      r.cable ? link(r.port, () => RW.select.cable(r.cable.label), {"data-cable": r.cable.label, title: r.cable.label}) : el("b", {text: r.port}),
      el("span", {text: r.cable ? r.far.device.rackName + " " + r.far.device.name + ":" + r.far.port : "out of the hall: " + r.out}),
      el("span", {class: "soft", text: r.legs > 1 ? `leg ${r.leg} of ${r.legs}` : ""}))))));
    if (rows.length > shown.length) list.append(el("p", {class: "soft", text: `and ${w.count(rows.length - shown.length)} more`}));
    if (!rows.length) list.replaceChildren(el("p", {class: "soft", text: "No cable between racks ends here."}));
  }

  async function cable(label, isLate) {
    if (RW.index.kind === "rack") return RW.inside.cable(label);
    const found = await RW.route_of(label);
    if (isLate()) return [];
    if (!found) return [head("cable", label), el("p", {class: "fault", role: "alert", text: "There is no cable of that name in this package."})];
    const l = found.links[0], media = RW.links.media(l.fabric, l.sku), made = [head("cable", found.label)];
    const modules = Array.from(new Set([media.a_module, media.b_module].filter(Boolean))).join(" and ");
    made.push(facts([["Part", media.part || "none reaches"], ["Modules", modules], ["Medium", media.medium], ["Fabric, tier", RW.data.fabrics.fabric[l.fabric] + ", " + (RW.data.fabrics.tiers[l.tier] || "")],
      ["Speed", w.speed(l.speed) + (found.links.length > 1 ? " a link, " + found.links.length + " links" : "")],
      ["Loss", Number.isFinite(media.loss) ? `${media.loss.toFixed(2)} of ${media.budget.toFixed(1)} dB` : ""]]));
    made.push(block("Ends", trace(found)));
    made.push(block("Length", lengths(l)));
    if (media.part) made.push(await RW.why(found, media));
    const r = RW.route;
    if (r && r.trays.length) made.push(block("Way", el("ol", {class: "way"}, ...r.trays.map((i) => el("li", {}, link(RW.data.trays.kind[i] + " tray " + i, () => RW.select.tray(i)), " ",
      el("span", {class: "soft", text: (RW.data.trays.hall_id[i] < 0 ? "between halls" : RW.data.halls.name[RW.data.trays.hall_id[i]]) + ", " + w.percent(RW.colours.tray(i).share) + " full"}))))));
    return made;
  }

  /* Both ends, and where links part in a breakout every leg with its far port. */
  function trace(found) {
    const side = (l, s) => el("span", {class: "end"}, link(l.ends[s].device.rackName, () => RW.select.rack(l.ends[s].device.rack)), " ",
      link(l.ends[s].device.name, () => RW.select.device(l.ends[s].device.id)), el("b", {class: "port-name", text: " " + l.ends[s].port}));
    if (found.links.length === 1) {
      const l = found.links[0];
      return el("ol", {class: "trace"}, el("li", {"data-side": "a"}, side(l, "a")), el("li", {"data-side": "b"}, side(l, "b")));
    }
    return el("ol", {class: "trace legs"}, ...found.links.map((l) => el("li", {}, el("span", {class: "soft", text: "leg " + l.leg}), side(l, "a"), " → ", side(l, "b"))),
      el("li", {class: "soft plugs", text: "plugs: " + Array.from(new Set(found.links.flatMap((l) => [l.ends.a.plugName, l.ends.b.plugName]))).join(", ")}));
  }

  function lengths(l) {
    const given = RW.index.inputs, slack = given["pathways.slack"], loop = given["pathways.service_loop"];
    if (l.route < 0) return el("p", {class: "soft", text: "There is no way through the trays."});
    return facts([["Route", w.mm(l.route)], [`Slack ${w.percent(slack)}, loops 2 × ${w.count(loop)} mm`, w.mm(l.cut - l.route)], ["Cut", w.mm(l.cut)],
      l.stock >= 0 ? ["Spare", w.mm(l.stock - l.cut)] : null, ["Ordered", l.stock >= 0 ? w.metres(l.stock) : "nothing reaches"]]);
  }

  function tray(i) {
    const t = RW.data.trays, fill = RW.colours.tray(i);
    if (i >= t.rows) return [el("p", {class: "fault", role: "alert", text: "There is no such tray in this package."})];
    return [head("tray", `${t.kind[i]} tray ${i}`), facts([["Hall", t.hall_id[i] < 0 ? "between halls" : RW.data.halls.name[t.hall_id[i]]], ["Level", t.level[i]], ["Side", t.side[i]],
      ["Fill", w.percent(fill.share) + " of what it may hold"], ["Cables at the fullest point", w.count(t.fill[i] / 100) + " mm²"], ["May hold", w.count(t.capacity[i] / 100) + " mm²"],
      ["Trays in parallel", t.trays[i] > 1 ? t.trays[i] : ""], ["Length", w.metres(t.length_mm[i])], ["Height", w.metres(t.z_mm[i])]]),
    RW.side.here((f) => f.kind === "tray" && f.at === i, "Findings here")];
  }

  return {show: show, head: head, facts: facts, block: block, link: link};
})();
