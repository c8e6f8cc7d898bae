"use strict";
/* A hall in three dimensions. Metres from the middle of the hall, z upwards. One draw call a rack design; drawn when something changes, never idly.
   Colours are those of the style sheet, unmixed: faces differ by a fixed shade, there are no lamps. */
(function () {
  const el = RW.el, FOV = 40, {bar: rod, boxes: solid, faces, tags} = RW.shapes3d;
  const FACES = {1: [0, 1], "-1": [0, -1], 2: [1, 0], "-2": [-1, 0]};
  const TURNS = {1: 0, "-1": Math.PI, 2: -Math.PI / 2, "-2": Math.PI / 2};  // from a front that looks to higher y
  const HELP = "Drag turns, drag with the right button or two fingers moves, the wheel scales. Arrow keys turn it, with Shift they move it; plus and minus scale; 1, 2 and 3 are views; page keys go from rack to rack, Enter shows its front and rear.";
  const FINE = 2, MOST = 5e6, RESTS = 180;  // pixels a pixel of the page at rest, but no more than this many; ms without movement
  let now = null;

  RW.hall3d = function (element) {
    const name = RW.shapes3d.probe();
    if (!name) {
      element.replaceChildren(el("p", {class: "fault", role: "alert", text: "This browser shows nothing in 3-D: WebGL 2 is missing or switched off. The plan and the rack views show the same racks."}));
      return {update: () => undefined, resize: () => undefined, dispose: () => undefined};
    }
    now = room(element, !/swiftshader|llvmpipe|software|basic render/i.test(name));
    RW.hall3d.shown = now;
    return now;
  };
  RW.hall3d.shown = null;

  RW.on("colours", () => now && now.paint());
  RW.on("route", () => now && now.mark());
  RW.on("state", () => now && now.update());
  RW.on("theme", () => now && now.rebuild());
  RW.on("look", () => now && now.look());

  function room(element, isSmooth) {
    THREE.ColorManagement.enabled = false;
    const canvas = el("canvas", {tabindex: "0", role: "application", class: "solid"}), paper = el("canvas", {class: "paper", "aria-hidden": "true"}), tip = el("div", {class: "tip", hidden: true, "aria-hidden": "true"}), said = el("p", {class: "unseen", role: "status"});
    const button = (text, title, go) => el("button", {type: "button", text: text, title: title, "aria-label": title, on: {click: go}});
    const bar = el("div", {class: "tools", role: "group", "aria-label": "Views"},
      el("span", {class: "set"}, button("Corner", "From a corner (1)", () => view("corner")), button("Aisle", "In an aisle (2)", () => view("aisle")), button("Top", "From above (3)", () => view("top"))),
      el("span", {class: "set"}, button("+", "Closer (+)", () => scale(0.75)), button("−", "Farther (-)", () => scale(1 / 0.75))));
    element.replaceChildren(canvas, paper, tip, bar, said);

    const renderer = new THREE.WebGLRenderer({canvas: canvas, antialias: isSmooth, powerPreference: "high-performance"});
    renderer.outputColorSpace = THREE.LinearSRGBColorSpace;
    renderer.setPixelRatio(isSmooth ? Math.min(window.devicePixelRatio || 1, 2) : 1);
    const scene = new THREE.Scene(), camera = new THREE.PerspectiveCamera(FOV, 1, 0.1, 1000), ray = new THREE.Raycaster();
    camera.up.set(0, 0, 1);
    const controls = new THREE.OrbitControls(camera, canvas);
    Object.assign(controls, {screenSpacePanning: false, zoomToCursor: true, maxPolarAngle: Math.PI / 2 - 0.02, minDistance: 0.5, zoomSpeed: 1.4});
    const m = new THREE.Matrix4(), q = new THREE.Quaternion(), p = new THREE.Vector3(), s = new THREE.Vector3(), Z = new THREE.Vector3(0, 0, 1), X = new THREE.Vector3(1, 0, 0);
    let hall = -1, built = 0, pending = 0, isOver = false, isReady = false, beside = new Map(), centre = [0, 0], extent = [1, 1, 1], size = [1, 1], racks = [], trays = null, lines = [], names = null, drawn = 0, rest = 0, css = new Map();

    const at = (x, y, z) => [(x - centre[0]) / 1000, (y - centre[1]) / 1000, z / 1000];
    const colour = (name) => { if (!css.has(name)) css.set(name, new THREE.Color(RW.palette(name))); return css.get(name); };
    const classed = (name) => { const key = "." + name; if (!css.has(key)) css.set(key, new THREE.Color(RW.colours.resolved(name))); return css.get(key); };

    /* Everything of a hall anew. */
    async function build(isKept) {
      const mine = ++built, r = RW.data.racks, h = RW.data.halls;
      hall = RW.state.hall;
      isReady = false;
      canvas.setAttribute("aria-label", `Hall ${h.name[hall]} in 3-D. ${HELP}`);
      const own = new Map();
      for (let i = 0; i < r.rows; i++) if (r.hall_id[i] === hall) { if (!own.has(r.design_id[i])) own.set(r.design_id[i], []); own.get(r.design_id[i]).push(i); }
      const inside = new Map(await Promise.all(Array.from(own, async ([d, ids]) => [d, await RW.elevation.of(ids[0]).catch(() => ({frame: RW.index.network_frame, devices: []}))])));
      if (mine !== built || isOver) return;
      clear();
      centre = [h.x_mm[hall] + h.width_mm[hall] / 2, h.y_mm[hall] + h.depth_mm[hall] / 2];
      const tall = Math.max(2000, ...Array.from(inside.values(), (f) => f.frame.height_mm));
      extent = [h.width_mm[hall] / 1000, h.depth_mm[hall] / 1000, tall / 1000];
      scene.background = colour("--panel");
      beside = new Map(Array.from(own.values()).flat().map((id) => [r.row[id] + "/" + r.position[id], id]));
      for (const [d, ids] of own) racks.push(stand(ids, inside.get(d), (id) => inside.get(r.design_id[id]).frame.height_mm));
      hang();
      lay(tall);
      name_rows(tall);
      resize();
      if (!isKept) view("corner");
      isReady = true;
      paint();
      mark();
    }

    function clear() {
      scene.traverse((o) => { if (o.geometry) o.geometry.dispose(); if (o.material) { if (o.material.map) o.material.map.dispose(); o.material.dispose(); } if (o.isInstancedMesh) o.dispose(); });
      scene.clear();
      racks = [];
      trays = null;
      lines = [];
      names = null;
      css = new Map();
    }

    /* Sides of a rack at which another stands that is as high. */
    function covered(id, tall, own) {
      const r = RW.data.racks, [x0, x1, y0, y1] = RW.footprint(id), turn = TURNS[r.faces[id]];
      return [1, -1].flatMap((way) => {
        const next = beside.get(r.row[id] + "/" + (r.position[id] + way));
        if (next === undefined || r.faces[next] !== r.faces[id] || tall(next) < own) return [];
        const [a0, a1, b0, b1] = RW.footprint(next), x = (a0 + a1 - x0 - x1) / 2, y = (b0 + b1 - y0 - y1) / 2, off = x * Math.cos(turn) + y * Math.sin(turn);
        return Math.hypot(x, y) > (r.width_mm[id] + r.width_mm[next]) / 2 + 30 ? [] : [off > 0 ? "left" : "right"];
      });
    }

    /* All racks of one design; nobody sees them from below. */
    function stand(ids, inside, tall) {
      const r = RW.data.racks, places = ids.map((id) => {
        const [x0, x1, y0, y1] = RW.footprint(id);
        return [...at((x0 + x1) / 2, (y0 + y1) / 2, 0), TURNS[r.faces[id]], (r.width_mm[id] - 8) / 1000, r.depth_mm[id] / 1000, inside.frame.height_mm / 1000];
      });
      const mesh = solid(places, new THREE.MeshBasicMaterial({map: faces(inside, isSmooth), vertexColors: true}), {sides: ["top", "front", "rear", "left", "right"], hides: (n) => covered(ids[n], tall, inside.frame.height_mm)});
      mesh.renderOrder = -2;  // before the floor: what it hides is not drawn
      scene.add(mesh);
      return {mesh: mesh, ids: ids, tall: inside.frame.height_mm, inside: inside};
    }

    /* Trays at their heights: a plate that lets the racks be seen, and two rails. */
    function hang() {
      const t = RW.data.trays, own = [], flat = [], high = [];
      for (let i = 0; i < t.rows; i++) if (t.hall_id[i] === hall) own.push(i);
      if (!own.length) return;
      for (const i of own) {
        const a = at(t.a_x_mm[i], t.a_y_mm[i], t.z_mm[i]), b = at(t.b_x_mm[i], t.b_y_mm[i], t.z_mm[i]), way = Math.atan2(b[1] - a[1], b[0] - a[0]), long = Math.hypot(b[0] - a[0], b[1] - a[1]);
        const depth = t.depth_mm[i] / 1000, wide = t.width_mm[i] / 1000, x = (a[0] + b[0]) / 2, y = (a[1] + b[1]) / 2;
        flat.push([x, y, a[2], way, long, wide, 0]);
        for (const off of [-wide / 2, wide / 2]) high.push([x - Math.sin(way) * off, y + Math.cos(way) * off, a[2], way, long, 0.03, depth]);
      }
      const plates = solid(flat, new THREE.MeshBasicMaterial({vertexColors: true, transparent: true, depthWrite: false}), {sides: ["top", "under"]});
      const rails = solid(high, new THREE.MeshBasicMaterial({vertexColors: true}), {sides: ["top", "front", "rear", "under"]});
      rails.renderOrder = -1;
      plates.renderOrder = 1;
      scene.add(rails, plates);
      trays = {plates: plates, rails: rails, ids: own};
    }

    /* Floor, walls, pads of the rows, columns, doors and what is kept free. */
    function lay(tall) {
      const h = RW.data.halls, w = RW.data.rows, a = RW.data.areas, t = RW.data.trays, [x0, y0, wide, deep] = [h.x_mm[hall], h.y_mm[hall], h.width_mm[hall], h.depth_mm[hall]], all = [];
      const top = 600 + Array.from({length: t.rows}, (_, i) => (t.hall_id[i] === hall ? t.z_mm[i] : 0)).reduce((most, z) => Math.max(most, z), tall);
      all.push([x0, y0, wide, deep, -200, 0, "--paper"]);
      for (const side of [[x0 - 150, y0 - 150, wide + 300, 150], [x0 - 150, y0 + deep, wide + 300, 150], [x0 - 150, y0, 150, deep], [x0 + wide, y0, 150, deep]]) all.push([...side, -200, 160, "--steel-line"]);
      for (let i = 0; i < w.rows; i++) if (w.hall_id[i] === hall) all.push([w.x_mm[i], w.y_mm[i], w.width_mm[i], w.depth_mm[i], 0, 15, "--grid"]);
      for (let i = 0; i < a.rows; i++) {
        if (a.hall_id[i] !== hall) continue;
        const [height, name] = {column: [top, "--steel-line"], door: [180, "--accent"]}[a.kind[i]] || [25, "--rule"];
        all.push([a.x_mm[i], a.y_mm[i], a.width_mm[i], a.depth_mm[i], 0, height, name]);
      }
      const mesh = solid(all.map(([x, y, dx, dy, z0, z1]) => [...at(x + dx / 2, y + dy / 2, z0), 0, dx / 1000, dy / 1000, (z1 - z0) / 1000]), new THREE.MeshBasicMaterial({vertexColors: true}), {});
      all.forEach((one, n) => mesh.userData.paint(n, colour(one[6])));
      scene.add(mesh);
    }

    function name_rows(tall) {
      const w = RW.data.rows, spots = [];
      for (let i = 0; i < w.rows; i++) {
        if (w.hall_id[i] !== hall) continue;
        const isAlong = Math.abs(w.faces[i]) === 2, where = isAlong ? [w.x_mm[i] + w.width_mm[i] / 2, w.y_mm[i] - 300] : [w.x_mm[i] - 300, w.y_mm[i] + w.depth_mm[i] / 2];
        spots.push({where: new THREE.Vector3(...at(...where, tall * 0.6)), text: w.name[i]});
      }
      names = spots.length ? tags(spots, RW.palette("--ink"), RW.palette("--paper"), new THREE.MeshBasicMaterial()) : null;
      if (names) scene.add(names);
    }

    function paint() {
      if (!isReady) return;
      css = new Map();
      const of = RW.colours.now().css;
      for (const group of racks) group.ids.forEach((id, n) => group.mesh.userData.paint(n, classed(of[id])));
      if (trays) {
        trays.ids.forEach((id, n) => {
          const fill = classed(RW.colours.tray(id).css);
          trays.plates.userData.paint(n, fill);
          for (const side of [0, 1]) trays.rails.userData.paint(2 * n + side, fill);
        });
        trays.plates.material.opacity = RW.state.colour === "trays" ? 0.85 : 0.3;
        trays.plates.visible = trays.rails.visible = RW.state.trays || RW.state.colour === "trays";
      }
      mark();
    }

    /* What is chosen: outlines, the way of a cable, racks that a diff took away. */
    function mark() {
      if (!isReady) return;
      for (const line of lines) { scene.remove(line.seen, line.hidden); line.seen.material.dispose(); line.hidden.material.dispose(); line.seen.geometry.dispose(); line.seen.dispose(); line.hidden.dispose(); }
      lines = [];
      const st = RW.state, t = RW.data.trays, picked = "--picked";
      if (st.rack >= 0 && RW.data.racks.hall_id[st.rack] === hall) {
        const group = racks.find((g) => g.ids.includes(st.rack));
        trace(edges(RW.footprint(st.rack), 0, group.tall), picked, 2.5, 0.01);
        if (st.device >= 0) device(group, st);
      }
      if (st.tray >= 0 && st.tray < t.rows && t.hall_id[st.tray] === hall) trace([[at(t.a_x_mm[st.tray], t.a_y_mm[st.tray], t.z_mm[st.tray]), at(t.b_x_mm[st.tray], t.b_y_mm[st.tray], t.z_mm[st.tray])]], picked, 5, 0.08);
      if (st.part && RW.parts) trace(RW.parts.racks(st.part).filter((i) => RW.data.racks.hall_id[i] === hall).flatMap((i) => edges(RW.footprint(i), extent[2] * 1000, extent[2] * 1000)), picked, 1.5, 0.01);
      if (RW.against && st.colour === "change") trace(RW.against.gone(hall).flatMap((g) => edges(corners(g), 0, extent[2] * 1000)), "--gone", 1.5, 0.02);
      if (RW.route && RW.route.points.length > 1) {
        const way = RW.route.points.map((point) => at(point[0], point[1], point[2]));
        trace(way.slice(1).map((to, i) => [way[i], to]), picked, 4, 0.05);
        trace([[way[0], way[0]], [way[way.length - 1], way[way.length - 1]]], picked, 11, 0.12);
      }
      request();
    }

    function device(group, st) {
      const r = RW.data.racks, d = RW.names.device(st.device), found = d && d.rack === st.rack && group.inside.devices.find((x) => (d.isSwitch ? x.u === d.u : x.local === d.local));
      if (!found) return;
      const [nx, ny] = FACES[r.faces[st.rack]], across = (x) => [r.x_mm[st.rack] + (r.faces[st.rack] === 1 ? -x : r.faces[st.rack] === -1 ? x : 0), r.y_mm[st.rack] + (r.faces[st.rack] === 2 ? x : r.faces[st.rack] === -2 ? -x : 0)];
      const spare = (r.width_mm[st.rack] - group.inside.frame.width_mm) / 2, a = across(found.x + spare), b = across(found.x + found.w + spare), back = (y) => [-nx * y, -ny * y], one = back(found.y - 20), two = back(found.y + found.d);
      const xs = [a[0] + one[0], b[0] + two[0]], ys = [a[1] + one[1], b[1] + two[1]];
      trace(edges([Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)], found.z, found.z + found.h), "--picked", 3, 0.008);
    }

    function corners(g) {
      const [nx, ny] = FACES[g.faces], w = g.width_mm, d = g.depth_mm, x = g.x_mm, y = g.y_mm;
      if (nx) return nx > 0 ? [x - d, x, y, y + w] : [x, x + d, y - w, y];
      return ny > 0 ? [x - w, x, y - d, y] : [x, x + w, y, y + d];
    }

    /* The twelve edges of a box; four where it is flat. */
    function edges([x0, x1, y0, y1], z0, z1) {
      const ring = (z) => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map(([x, y]) => at(x, y, z)), low = ring(z0), high = ring(z1), made = [];
      for (let i = 0; i < 4; i++) { made.push([high[i], high[(i + 1) % 4]]); if (z1 > z0) made.push([low[i], low[(i + 1) % 4]], [low[i], high[i]]); }
      return made;
    }

    /* Bars from point to point, some pixels thick but never under `least` metres; faint where something stands before them. */
    function trace(pairs, name, px, least) {
      const cut = pairs.flatMap(([a, b]) => {
        const n = Math.max(1, Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]) / 4)), on = (k) => a.map((v, i) => v + ((b[i] - v) * k) / n);
        return Array.from({length: n}, (_, k) => [on(k), on(k + 1)]);
      });
      if (!cut.length) return;
      const shape = rod(), make = (about) => { const mesh = new THREE.InstancedMesh(shape, new THREE.MeshBasicMaterial(Object.assign({color: colour(name)}, about)), cut.length); mesh.frustumCulled = false; scene.add(mesh); return mesh; };
      const seen = make({}), hidden = make({transparent: true, opacity: 0.35, depthTest: false, depthWrite: false});
      seen.renderOrder = 3;
      hidden.renderOrder = 2;
      hidden.instanceMatrix = seen.instanceMatrix;
      lines.push({seen: seen, hidden: hidden, pairs: cut, px: px, least: least});
    }

    function thicken() {
      const unit = (2 * Math.tan((FOV * Math.PI) / 360)) / size[1], a = new THREE.Vector3(), b = new THREE.Vector3();
      for (const line of lines) {
        line.pairs.forEach((pair, n) => {
          a.set(...pair[0]);
          b.set(...pair[1]);
          const long = a.distanceTo(b);
          p.addVectors(a, b).multiplyScalar(0.5);
          const thick = Math.max(line.least, line.px * unit * p.distanceTo(camera.position));
          b.sub(a);
          if (long > 1e-6) q.setFromUnitVectors(X, b.multiplyScalar(1 / long)); else q.identity();
          m.compose(p, q, s.set(long + thick, thick, thick));
          line.seen.setMatrixAt(n, m);
        });
        line.seen.instanceMatrix.needsUpdate = true;
      }
    }

    function request() { if (!pending && !isOver) pending = requestAnimationFrame(() => draw(false)); }

    /* A picture; by software quickly while it moves, and once it rests with soft edges. */
    function draw(isAtRest) {
      clearTimeout(rest);
      if (!isAtRest) { cancelAnimationFrame(pending); pending = 0; }
      if (isOver || !isReady) return;
      if (!isSmooth) sharpen(isAtRest ? FINE : 1);
      if (!isSmooth && !isAtRest) rest = setTimeout(() => { if (!pending) draw(true); }, RESTS);
      const far = camera.position.distanceTo(controls.target), reach = Math.hypot(...extent);
      camera.near = Math.max(0.05, far / 100);
      camera.far = camera.position.length() + reach * 2;
      camera.updateProjectionMatrix();
      thicken();
      if (names) names.userData.set(camera, ...size);
      renderer.render(scene, camera);
      drawn += 1;
    }

    function sharpen(wanted) {
      const ratio = Math.max(1, Math.min(wanted, Math.sqrt(MOST / (size[0] * size[1]))));
      if (Math.abs(renderer.getPixelRatio() - ratio) > 0.01) renderer.setPixelRatio(ratio);
    }

    function resize() {
      const wide = element.clientWidth, tall = element.clientHeight;
      if (!wide || !tall) return;
      size = [wide, tall];
      renderer.setSize(wide, tall, false);
      camera.aspect = wide / tall;
      camera.updateProjectionMatrix();
      draw(false);
    }

    function view(name) {
      const [wide, deep, tall] = extent, out = new THREE.Vector3();
      said.textContent = {corner: "From a corner", aisle: "In an aisle", top: "From above"}[name];
      if (name === "aisle" && aisle()) return;
      controls.target.set(0, 0, name === "top" ? 0 : tall / 3);
      out.set(...(name === "top" ? [0, -0.001, 1] : [-0.55, -1, 0.75])).normalize();
      let near = 1, far = 20 * Math.hypot(wide, deep) + 20;
      for (let i = 0; i < 40; i++) { const middle = (near + far) / 2; stand_at(out, middle); if (holds()) far = middle; else near = middle; }
      stand_at(out, far);
      controls.update();
      request();
    }

    function stand_at(out, far) {
      camera.position.copy(controls.target).addScaledVector(out, far);
      camera.near = 0.1;
      camera.far = far * 10;
      camera.updateProjectionMatrix();
      camera.lookAt(controls.target);
      camera.updateMatrixWorld();
    }

    function holds() {
      const [wide, deep, tall] = extent;
      for (const x of [-wide / 2, wide / 2]) for (const y of [-deep / 2, deep / 2]) for (const z of [0, tall]) {
        p.set(x, y, z).project(camera);
        if (Math.abs(p.x) > 0.94 || Math.abs(p.y) > 0.9 || p.z > 1) return false;
      }
      return true;
    }

    /* At the end of the row that is chosen, or of the middle one, before its fronts; false where the hall has none. */
    function aisle() {
      const w = RW.data.rows, own = Array.from(w.hall_id.keys()).filter((i) => w.hall_id[i] === hall), r = RW.data.racks, here = RW.state.rack;
      if (!own.length) return false;
      const i = here >= 0 && r.hall_id[here] === hall ? own.find((k) => w.row[k] === r.row[here]) : own[Math.floor((own.length - 1) / 2)];
      const [nx, ny] = FACES[w.faces[i]], mx = w.x_mm[i] + w.width_mm[i] / 2, my = w.y_mm[i] + w.depth_mm[i] / 2, off = 800;
      const side = (x, y, z) => new THREE.Vector3(...at(mx + x + nx * (w.width_mm[i] / 2 + off), my + y + ny * (w.depth_mm[i] / 2 + off), z));
      const half = (nx ? w.depth_mm[i] : w.width_mm[i]) / 2, way = nx ? [0, 1] : [1, 0], first = -half - 2600, last = Math.min(half, first + 9000);
      camera.position.copy(side(way[0] * first, way[1] * first, 1750));
      controls.target.copy(side(way[0] * last, way[1] * last, 1450));
      controls.update();
      request();
      return true;
    }

    function scale(by) { p.subVectors(camera.position, controls.target).multiplyScalar(by); camera.position.addVectors(controls.target, p); controls.update(); request(); }

    function look() {
      const st = RW.state;
      if (!isReady || st.rack < 0 || RW.data.racks.hall_id[st.rack] !== hall) return;
      const [x0, x1, y0, y1] = RW.footprint(st.rack), [nx, ny] = FACES[RW.data.racks.faces[st.rack]];
      controls.target.set(...at((x0 + x1) / 2, (y0 + y1) / 2, 1100));
      camera.position.copy(controls.target).add(p.set(nx * 6 - ny * 3, ny * 6 + nx * 3, 4));
      controls.update();
      request();
    }

    /* What lies under a point of the screen: {rack} or {tray}; null where nothing does. */
    function under(event) {
      if (!isReady) return null;
      const place = canvas.getBoundingClientRect();
      ray.setFromCamera(new THREE.Vector2(((event.clientX - place.left) / place.width) * 2 - 1, 1 - ((event.clientY - place.top) / place.height) * 2), camera);
      const hit = ray.intersectObjects([...racks.map((g) => g.mesh), ...(trays && trays.plates.visible ? [trays.plates] : [])], false)[0];
      if (!hit) return null;
      const group = racks.find((g) => g.mesh === hit.object);
      const n = hit.object.userData.of(hit.faceIndex);
      return group ? {rack: group.ids[n]} : {tray: trays.ids[n]};
    }

    RW.hands3d({canvas: canvas, controls: controls, tip: tip, under: under, view: view, scale: scale, request: request, isOver: () => isOver, hall: () => hall});
    controls.addEventListener("change", request);
    /* For paper a copy, as the picture itself is gone when its frame ends. */
    const finely = () => {
      draw(true);
      Object.assign(paper, {width: canvas.width, height: canvas.height});
      paper.getContext("2d").drawImage(canvas, 0, 0);
    };
    const watch = new ResizeObserver(resize);
    watch.observe(element);
    window.addEventListener("beforeprint", finely);

    const update = () => { if (RW.state.hall !== hall) build(false).catch(told); else { if (trays) trays.plates.visible = trays.rails.visible = RW.state.trays || RW.state.colour === "trays"; mark(); } };
    const rebuild = () => build(true).catch(told);
    const told = (fault) => element.append(el("p", {class: "fault", role: "alert", text: fault.message}));

    /* Where a point of the campus is on the canvas, in pixels. */
    const project = (x, y, z) => { p.set(...at(x, y, z)).project(camera); return [((p.x + 1) * canvas.clientWidth) / 2, ((1 - p.y) * canvas.clientHeight) / 2]; };
    const told_of = () => ({isReady: isReady, drawn: drawn, ratio: renderer.getPixelRatio(), names: names ? names.userData.shown : [], faces: racks.reduce((n, g) => n + g.mesh.geometry.index.count / 6, 0), calls: renderer.info.render.calls, triangles: renderer.info.render.triangles, eye: camera.position.toArray()});

    const boxes = () => RW.shapes3d.told(racks, trays, centre);

    function dispose() {
      isOver = true;
      if (now === handle) now = RW.hall3d.shown = null;
      cancelAnimationFrame(pending);
      watch.disconnect();
      window.removeEventListener("beforeprint", finely);
      clearTimeout(rest);
      controls.dispose();
      clear();
      renderer.dispose();
      renderer.forceContextLoss();
    }

    const handle = {update: update, resize: resize, dispose: dispose, paint: paint, mark: mark, rebuild: rebuild, look: look, view: view, project: project, stats: told_of, boxes: boxes};
    build(false).catch(told);
    return handle;
  }
})();
