"use strict";
/* Figures as people read them. */
RW.words = (function () {
  const thin = "\u00a0";
  const figure = new Intl.NumberFormat("en-US", {maximumFractionDigits: 0});

  function count(value) { return figure.format(value); }

  /* Three digits, with the prefix that fits: 12.3 kW. */
  function scaled(value, unit) {
    if (!Number.isFinite(value)) return "–";
    const steps = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""]], size = Math.abs(value);
    const [step, prefix] = steps.find(([s]) => size >= s * 0.9995) || steps[3];
    const shown = value / step, digits = Math.abs(shown) >= 99.95 ? 0 : Math.abs(shown) >= 9.995 ? 1 : 2;
    return figures(shown, size === 0 ? 0 : digits) + thin + prefix + unit;
  }

  function figures(value, digits) {
    return value.toLocaleString("en-US", {minimumFractionDigits: 0, maximumFractionDigits: digits});
  }

  const watt = (w) => scaled(w, "W");
  const metres = (mm) => (mm < 0 ? "–" : figures(mm / 1000, 2) + thin + "m");
  const mm = (value) => (value < 0 ? "–" : count(value) + thin + "mm");
  const percent = (share) => (Number.isFinite(share) ? figures(100 * share, share < 0.0995 ? 1 : 0) + thin + "%" : "–");
  const price = (usd) => usd.toLocaleString("en-US", {minimumFractionDigits: 2, maximumFractionDigits: 2}) + thin + "USD";
  const many = (n, one, more) => count(n) + " " + (n === 1 ? one : more || one + "s");
  const speed = (gbps) => (Number.isFinite(gbps) && gbps > 0 ? figures(gbps, 1) + thin + "Gb/s" : "–");

  return {count: count, scaled: scaled, watt: watt, metres: metres, mm: mm, percent: percent, many: many, price: price, speed: speed, figures: figures};
})();
