// The charts' only JavaScript: it hands ECharts an element and an option, in the colours the page's own SVG has.
const charts = new WeakMap();

const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const drawn = charts.get(target);
    drawn?.chart.resize();
    if (drawn) paint(target, drawn);
  }
});

/**
 * Draws `option` (JSON) on `element`, over what was drawn there before; nothing, if it is empty, and then the SVG says
 * so. `brushed(from, to)` is told the span that was marked, in milliseconds.
 */
export async function draw(element, option, brushed) {
  if (!option) return clear(element);
  let init;
  try {
    ({ init } = await import("/echarts.mjs"));
  } catch (error) {
    console.warn("The charts stay as they are:", error);
    return;
  }
  let drawn = charts.get(element);
  if (!drawn) {
    drawn = { chart: init(element) };
    charts.set(element, drawn);
    resized.observe(element);
    drawn.chart.on("brushEnd", ({ areas }) => marked(drawn, areas));
  }
  Object.assign(drawn, { option, brushed });
  paint(element, drawn);
  element.closest("figure").dataset.drawn = "";
}

function clear(element) {
  const drawn = charts.get(element);
  if (!drawn) return;
  resized.unobserve(element);
  drawn.chart.dispose();
  charts.delete(element);
  delete element.closest("figure").dataset.drawn;
}

/** The picture in the colours of the moment. */
function paint(element, { chart, option: json, brushed }) {
  const option = JSON.parse(json);
  const plot = element.closest(".chart-plot");
  const svg = plot.querySelector("svg");
  const of = (selector, property) => {
    const found = svg.querySelector(selector);
    return found ? getComputedStyle(found)[property] : "gray";
  };
  const room = getComputedStyle(plot);
  const { color: ink, backgroundColor: paper, fontFamily } = getComputedStyle(element);
  const line = of(".chart-grid", "stroke");
  const label = { color: of(".chart-tick", "fill"), fontFamily, fontSize: 11 };
  for (const axis of [option.xAxis, option.yAxis].flat()) {
    axis.axisLabel = { ...axis.axisLabel, ...label, hideOverlap: true };
    axis.nameTextStyle = { ...label, ...axis.nameTextStyle };
    axis.axisLine = { ...axis.axisLine, lineStyle: { color: line } };
    axis.axisTick = { ...axis.axisTick, lineStyle: { color: line } };
    axis.splitLine = { ...axis.splitLine, lineStyle: { color: line } };
  }
  option.xAxis.axisLabel.formatter = { day: "{MM}-{dd}", hour: "{HH}:{mm}", minute: "{HH}:{mm}", second: "{HH}:{mm}:{ss}" };
  option.xAxis.axisPointer = { label: { formatter: ({ value }) => `${new Date(value).toISOString().replace("T", " ").slice(0, 19)} UTC` } };
  for (const axis of [option.yAxis].flat()) {
    const digits = (String(Number(axis.interval.toPrecision(6))).split(".")[1] ?? "").length;
    axis.axisLabel.formatter = (value) => value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }
  option.series.forEach((series, n) => {
    const color = of(`.chart-line-${n}`, "stroke");
    const { name: unit } = [option.yAxis].flat()[series.yAxisIndex ?? 0];
    series.color = color;
    series.lineStyle = { ...series.lineStyle, color, cap: "round", join: "round" };
    series.tooltip = { valueFormatter: (value) => (value == null ? "not known" : `${value.toLocaleString("en")} ${unit}`) };
    if (series.markLine) {
      series.markLine.lineStyle = { ...series.markLine.lineStyle, color: of(".chart-mark", "stroke") };
      series.markLine.label = { ...series.markLine.label, ...label, formatter: "{b}", textBorderColor: paper, textBorderWidth: 3 };
    }
    if (series.markArea) {
      series.markArea.itemStyle = { color: of(".chart-gap", "fill") };
      series.markArea.label = { ...label, position: "insideBottom", show: element.clientWidth > 480 };
    }
  });
  chart.setOption({
    ...option,
    useUTC: true,
    grid: {
      left: parseFloat(room.paddingLeft), right: parseFloat(room.paddingRight), top: parseFloat(room.paddingTop),
      bottom: parseFloat(room.paddingBottom), outerBoundsMode: "none",
    },
    // A line that slides is harder to read than one that stands, and for some people worse.
    animation: false,
    textStyle: { fontFamily, color: ink },
    // HTML tooltips bring style attributes, which the page's policy forbids.
    tooltip: {
      ...option.tooltip, renderMode: "richText", backgroundColor: paper, borderColor: line, confine: true,
      textStyle: { color: ink, fontFamily, fontSize: 12 }, axisPointer: { lineStyle: { color: label.color } },
    },
    toolbox: { show: false },
    brush: { xAxisIndex: 0, brushType: "lineX", transformable: false,
      brushStyle: { borderWidth: 1, color: "rgba(128, 128, 128, .25)", borderColor: label.color } },
  }, { notMerge: true });
  // A finger on a chart scrolls the page.
  if (matchMedia("(pointer: fine)").matches) {
    chart.dispatchAction({ type: "takeGlobalCursor", key: "brush", brushOption: { brushType: "lineX", brushMode: "single" } });
  }
}

/** Tells the page what was marked, and takes the mark away: the page shows the span by showing only the span. */
function marked({ chart, brushed }, [area]) {
  if (!area) return;
  const [from, to] = area.coordRange;
  chart.dispatchAction({ type: "brush", areas: [] });
  if (to - from >= 1000) brushed(from, to);
}

function repaint() {
  for (const element of document.querySelectorAll(".chart-canvas")) {
    const drawn = charts.get(element);
    if (drawn) paint(element, drawn);
  }
}

new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
