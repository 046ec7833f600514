// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What makes a page's figures live. Without it, or without Plotly, the static pictures stay.
enum Script {
  /// Draws each figure with Plotly in the style sheet's colours, and again when light changes to dark.
  static let text = """
    (function () {
      "use strict";
      var source = document.getElementById("figure-data");
      if (!source || typeof Plotly === "undefined") return;
      var figures = JSON.parse(source.textContent);
      function coloured(value, style) {
        if (typeof value === "string") {
          return value.charAt(0) === "@" ? style.getPropertyValue("--" + value.slice(1)).trim() : value;
        }
        if (Array.isArray(value)) return value.map(function (part) { return coloured(part, style); });
        if (value === null || typeof value !== "object") return value;
        var copy = {};
        Object.keys(value).forEach(function (key) { copy[key] = coloured(value[key], style); });
        return copy;
      }
      function fit(figure) {
        var layout = figure.layout;
        layout.font.size = 11;
        figure.data.forEach(function (trace) {
          if (trace.mode !== "markers+text") return;
          trace.mode = "markers";
          trace.showlegend = true;
          layout.showlegend = true;
        });
        if (!layout.xaxis2) return;
        layout.height = 600;
        layout.xaxis.domain = layout.xaxis2.domain = [0, 1];
        layout.yaxis.domain = [0.6, 1];
        layout.yaxis2.domain = [0, 0.4];
      }
      function draw() {
        var style = getComputedStyle(document.documentElement);
        var narrow = window.innerWidth < 640;
        Object.keys(figures).forEach(function (name) {
          var place = document.getElementById(name + "-live");
          if (!place) return;
          place.parentNode.classList.add("has-plot");
          var figure = coloured(figures[name], style);
          figure.layout.hoverlabel = Object.assign({}, figure.layout.hoverlabel, {
            bgcolor: style.getPropertyValue("--panel").trim(),
            bordercolor: style.getPropertyValue("--strong-rule").trim(),
            font: { color: style.getPropertyValue("--ink").trim() }
          });
          if (narrow) fit(figure);
          Plotly.react(place, figure.data, figure.layout, {
            responsive: true, displaylogo: false, displayModeBar: false
          });
        });
      }
      try { draw(); } catch (error) {
        document.querySelectorAll(".has-plot").forEach(function (place) { place.classList.remove("has-plot"); });
        throw error;
      }
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    })();
    """
}
