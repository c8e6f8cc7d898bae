"use strict";
/* The page: what stands on the stage, the bar above it, and how a choice becomes state. */
(function () {
  const el = RW.el, stage = () => document.getElementById("stage");
  let rackShown = null, hall3d = null, sheet = null;

  RW.select = {
    rack(i, isFar) { RW.go({rack: i, device: -1, cable: "", tray: -1, part: "", hall: RW.data.racks.hall_id[i], view: RW.state.view === "rack" || RW.state.view === "3d" ? RW.state.view : "hall"}); if (isFar) seek(); },
    device(id, isFar) {
      if (RW.index.kind === "rack") { RW.go({device: id, cable: "", tray: -1}); return; }
      const d = RW.names.device(id);
      RW.go({device: id, rack: d.rack, cable: "", tray: -1, part: "", hall: RW.data.racks.hall_id[d.rack], view: ["rack", "3d"].includes(RW.state.view) ? RW.state.view : "hall"});
      if (isFar) seek();
    },
    /* A port on the face of a rack: the cable in it, or its device where none between racks ends there. */
    async port(d, p) {
      const mine = RW.state.rack;
      RW.select.device(d.id);
      const label = RW.index.kind === "rack" ? RW.inside.cableAt(p.name) : await RW.links.inPort(d.id, d.name, p);
      if (label && RW.state.rack === mine && RW.state.device === d.id) RW.select.cable(label);
    },
    cable(label) { RW.go({cable: label, tray: -1, part: ""}); },
    tray(i) { RW.go({tray: i, cable: "", device: -1, rack: -1, part: ""}); },
  };

  const seek = () => RW.emit("look");

  function crumbs() {
    const s = RW.state, made = [], d = RW.data, step = (text, go, isLast) => el("li", {}, isLast ? el("span", {"aria-current": "location", text: text}) : RW.panes.link(text, go));
    const clear = {rack: -1, device: -1, cable: "", tray: -1, part: ""};
    if (RW.index.kind === "rack") { if (s.device >= 0 || s.cable) made.push(step("Rack", () => RW.go(clear)), step(s.device >= 0 ? RW.inside.name(s.device) : "Cable", () => 0, true)); }
    else {
      if (RW.index.halls > 1) made.push(step("Campus", () => RW.go(Object.assign({view: "campus"}, clear)), s.view === "campus"));
      if (s.view !== "campus" && s.view !== "line") made.push(step(d.halls.name[s.hall], () => RW.go(Object.assign({view: "hall"}, clear)), s.view === "hall" && s.rack < 0));
      if (s.rack >= 0 && s.view !== "line") made.push(step(d.racks.name[s.rack], () => RW.go({view: "rack", device: -1, cable: ""}), s.view === "rack" && s.device < 0));
      if (s.view === "line") made.push(step("One-line diagram", () => 0, true));
    }
    document.getElementById("crumbs").replaceChildren(...made);
  }

  function tabs() {
    const s = RW.state, i = RW.index, has = {plan: i.kind === "hall", rack: true, line: i.drawings.some((d) => d.name === "supply_one_line" || d.name === "power_one_line"), "3d": i.has3d && i.kind === "hall"};
    const at = s.view === "campus" || s.view === "hall" ? "plan" : s.view;
    const titles = {plan: "Plan", rack: "Rack", line: "One-line", "3d": "3-D"};
    const go = {plan: () => RW.go({view: i.halls > 1 && s.rack < 0 && s.view !== "3d" ? "campus" : "hall"}), rack: () => RW.go({view: "rack", rack: s.rack < 0 ? firstOf(s.hall) : s.rack}), line: () => RW.go({view: "line"}), "3d": () => RW.go({view: "3d"})};
    document.getElementById("tabs").replaceChildren(...Object.keys(titles).filter((n) => has[n]).map((n) =>
      el("button", {type: "button", id: "tab-" + n, "aria-pressed": String(n === at), text: titles[n], on: {click: go[n]}})));
  }

  function firstOf(hall) {
    const ids = RW.index.kind === "rack" ? [0] : Array.from(RW.data.racks.hall_id.keys()).filter((i) => RW.data.racks.hall_id[i] === hall);
    return ids.length ? ids[0] : 0;
  }

  function tools() {
    const s = RW.state, made = [];
    const button = (text, title, go, pressed) => el("button", {type: "button", text: text, "aria-label": title, title: title, "aria-pressed": pressed === undefined ? null : String(pressed), on: {click: go}});
    if (s.view === "campus" || s.view === "hall") {
      made.push(...sized(() => RW.plan.sheet()));
    } else if (s.view === "rack") {
      made.push(el("span", {class: "set"}, ...["front", "both", "rear"].map((face) => button(face[0].toUpperCase() + face.slice(1), "Show " + face, () => RW.go({face: face}), s.face === face))), ...sized(() => RW.elevation.sheet()));
    }
    if (s.view === "line") made.push(...sized(() => sheet));
    function sized(of) {
      return [el("span", {class: "set"}, button("+", "Closer (+)", () => RW.move.zoom(of(), 0.7)), button("−", "Farther (-)", () => RW.move.zoom(of(), 1.4)), button("Fit", "All of it (0)", () => of().fit()))];
    }
    document.getElementById("tools").replaceChildren(...made);
  }

  async function show(state, changed) {
    const s = RW.state, box = stage(), isNew = changed.has("view") || changed.has("hall");
    document.body.dataset.view = s.view;
    crumbs();
    tabs();
    tools();
    try {
      if (s.view === "campus" || s.view === "hall") {
        RW.plan.draw(box, s.view === "campus" && RW.index.halls > 1 ? -1 : s.hall);
        if (changed.has("rack") || changed.has("tray") || changed.has("part")) RW.plan.picked();
      } else if (s.view === "rack") await rack(box, changed);
      else if (s.view === "line") line(box);
      else if (s.view === "3d") await solid(box);
    } catch (fault) { box.replaceChildren(el("p", {class: "fault", role: "alert", text: fault.message})); }
    if (s.view !== "3d" && hall3d) { hall3d.dispose(); hall3d = null; }
    if (isNew) RW.emit("stage");
  }

  async function rack(box, changed) {
    const key = RW.state.rack + "/" + RW.state.face;
    if (rackShown !== key || !box.querySelector(".elevation") || changed.has("view")) {
      const found = await RW.elevation.of(RW.state.rack), name = RW.index.kind === "rack" ? RW.index.name : RW.data.racks.name[RW.state.rack];
      if (RW.state.view !== "rack" || key !== RW.state.rack + "/" + RW.state.face) return;
      found.frame.name = name;
      RW.elevation.draw(box, found, (d) => RW.select.device(d.id));
      rackShown = key;
    }
    RW.elevation.mark(box);
  }

  function line(box) {
    const d = RW.index.drawings.find((x) => x.name === "supply_one_line") || RW.index.drawings.find((x) => x.name === "power_one_line");
    if (!d) { box.replaceChildren(el("p", {class: "fault", role: "alert", text: "This package has no one-line diagram."})); return; }
    if (box.querySelector(".sheet")) return;
    const broken = () => { if (RW.state.view === "line") box.replaceChildren(el("p", {class: "fault", role: "alert", text: `The drawing ${d.path.replace("../", "")} cannot be read; build the package again.`})); };
    const read = el("img", {src: d.path, alt: "", on: {error: broken, load: () => {
      if (RW.state.view !== "line") return;
      const wide = read.naturalWidth || 1200, tall = read.naturalHeight || 800;
      const root = RW.svg("svg", {class: "sheet", role: "img", "aria-label": d.title, tabindex: "0"}, RW.svg("image", {href: d.path, width: wide, height: tall}));
      box.replaceChildren(root);
      sheet = RW.move.boxed(root, {x: -20, y: -60, w: wide + 40, h: tall + 80}, 150, () => undefined);
      sheet.fit();
    }}});
  }

  async function solid(box) {
    if (hall3d) { hall3d.update(); return; }
    for (const file of RW.index.scripts3d) await script(file);
    if (RW.state.view !== "3d" || hall3d) return;
    const room = el("div", {class: "room"});
    box.replaceChildren(room);
    hall3d = RW.hall3d(room, RW.state);
  }

  const scripts = new Map();
  function script(file) {
    if (!scripts.has(file)) scripts.set(file, new Promise((done, failed) => { document.head.append(el("script", {src: file, on: {load: () => done(), error: () => failed(new Error(`${file} cannot be read; build the package again`))}})); }));
    return scripts.get(file);
  }

  RW.on("state", (state, changed) => {
    if (["colour", "case", "side"].some((k) => changed.has(k))) { RW.colours.forget(); if (RW.index.kind === "hall") RW.side.legend(); if (changed.has("side")) RW.side.changes(); RW.emit("colours"); }
    else if (changed.has("trays")) RW.side.legend();
    show(state, changed);
    if (["rack", "device", "cable", "tray", "hall", "view", "part"].some((k) => changed.has(k))) RW.panes.show();
    if (changed.has("finding")) RW.side.mark();
    document.title = [state.cable || (RW.data.racks && state.rack >= 0 ? RW.data.racks.name[state.rack] : ""), RW.index.name, "Rackwright"].filter(Boolean).join(" · ");
  });
  RW.on("route", (route) => {
    if (RW.index.kind === "rack" || !["campus", "hall"].includes(RW.state.view)) return;
    if (route && route.points.length && RW.state.view === "hall" && RW.data.racks.hall_id[route.a_rack] !== RW.data.racks.hall_id[route.b_rack]) RW.go({view: "campus"}, {quiet: true});
    RW.plan.route();
  });
  RW.on("look", () => {
    if (!["campus", "hall"].includes(RW.state.view)) return;
    const s = RW.state, t = RW.data.trays;
    if (s.rack >= 0) { const [x0, x1, y0, y1] = RW.footprint(s.rack); RW.plan.look([[x0, y0], [x1, y1]]); }
    else if (s.tray >= 0) RW.plan.look([[t.a_x_mm[s.tray], t.a_y_mm[s.tray]], [t.b_x_mm[s.tray], t.b_y_mm[s.tray]]]);
  });

  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const i = RW.index;
    if (event.key === "/") { event.preventDefault(); document.getElementById("search").focus(); }
    else if (event.key === "Escape") back();
    else if (event.key === "p" && i.kind === "hall") document.getElementById("tab-plan").click();
    else if (event.key === "r") document.getElementById("tab-rack").click();
    else if (event.key === "?") document.getElementById("help").showModal();
  }

  /* One step out: from a cable to its device, to its rack, to the hall, to the campus. */
  function back() {
    const s = RW.state;
    if (s.part) RW.go({part: ""});
    else if (s.cable) RW.go({cable: ""});
    else if (s.tray >= 0) RW.go({tray: -1});
    else if (s.device >= 0) RW.go({device: -1});
    else if (RW.index.kind === "rack") return;
    else if (s.view === "rack") RW.go({view: "hall"});
    else if (s.rack >= 0) RW.go({rack: -1});
    else if (s.view === "hall" && RW.index.halls > 1) RW.go({view: "campus"});
  }

  function fault(words) { document.getElementById("stage").replaceChildren(el("p", {class: "fault", role: "alert", text: words})); document.body.classList.add("broken"); }

  async function start() {
    try {
      if (!("DecompressionStream" in window)) throw new Error("This browser is too old for the viewer: it wants one of 2023 or later.");
      RW.index = await RW.load("index");
      if (RW.index.format > 1) throw new Error(`The data of this package are of format ${RW.index.format}, newer than this page reads; open the page that lies in the package.`);
      const live = await RW.load("live"), names = RW.index.kind === "hall" ? ["halls", "rows", "areas", "racks", "trays", "designs", "design_devices", "fabrics", "skus", "switches", "findings"] : ["findings"];
      RW.data = await RW.loadAll(names);
      if (live.against) RW.against = RW.changes(live.against);
      RW.home.view = RW.index.kind === "rack" ? "rack" : RW.index.halls > 1 ? "campus" : "hall";
      if (RW.index.kind === "hall") RW.names.start(RW.data);
      if (RW.against) RW.against.start();
      else if (RW.index.chunks.includes("design-0")) await RW.inside.load();
      document.getElementById("name").textContent = RW.index.name + (RW.index.variant ? " @" + RW.index.variant : "");
      document.getElementById("revision").textContent = RW.index.words;
      const first = RW.valid(RW.fromHash(location.hash));
      if (!location.hash && RW.against) first.colour = "change";
      Object.assign(RW.state, first);
      if (first.colour === "case") {
        await RW.power.load();
        if (!first.case && RW.power.tables()) RW.state.case = first.case = RW.side.worst();
        await RW.failure.load(first.case);
      }
      RW.side.draw();
      RW.search.start();
      window.addEventListener("hashchange", RW.follow);
      window.addEventListener("popstate", RW.follow);
      document.addEventListener("keydown", keys);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => RW.emit("theme"));
      document.getElementById("help-open").addEventListener("click", () => document.getElementById("help").showModal());
      document.getElementById("help-close").addEventListener("click", () => document.getElementById("help").close());
      document.getElementById("skip").addEventListener("click", (event) => { event.preventDefault(); stage().focus(); });
      document.getElementById("print").addEventListener("click", () => window.print());
      if (RW.index.kind === "rack" ? !RW.index.chunks.includes("design-0") : !RW.index.racks) throw new Error("This design has no racks, so there is nothing to show on a plan; its report tells why.");
      await show(RW.state, new Set(["view", "hall", "rack"]));
      await RW.panes.show();
      document.body.dataset.ready = "true";
      performance.mark("rw-ready");
    } catch (problem) { fault(problem.message); }
  }

  start();
})();
