// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How a report's page looks: on screens light or dark, wide or narrow, and on paper.
enum StyleSheet {
  /// The whole style sheet.
  static let text = [
    Palette.properties, base, head, tables, figures, confusion, items, narrow, paper, Palette.figureRules,
  ]
  .joined(separator: "\n")

  private static let base = """
    * { box-sizing: border-box }
    html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem }
    body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", \
    Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; text-rendering: optimizeLegibility }
    main, header, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.5rem }
    p, li { max-width: 44rem; text-wrap: pretty; overflow-wrap: anywhere }
    a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: 1px }
    :focus-visible { outline: 2px solid var(--link); outline-offset: 3px; border-radius: 2px }
    h2, h3 { line-height: 1.25; font-weight: 600; text-wrap: balance; overflow-wrap: anywhere }
    h2 { font-size: 1.375rem; margin: 3.5rem 0 1rem; padding-top: 1.25rem; border-top: 1px solid var(--rule) }
    h3 { font-size: 1.0625rem; margin: 2rem 0 .5rem }
    code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; \
    font-size: .875em }
    pre { background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; padding: .75rem 1rem; \
    white-space: pre-wrap; overflow-wrap: anywhere }
    ul { padding-left: 1.25rem }
    footer { margin-top: 4rem; padding-top: 1rem; padding-bottom: 3rem; color: var(--soft); font-size: .875rem }
    .skip { position: absolute; left: -100vw } .skip:focus { left: 1rem; top: 1rem; background: var(--ground); padding: .5rem }
    """

  private static let head = """
    header { padding-top: 3.5rem }
    h1 { margin: 0; font-size: 1rem; font-weight: 600; color: var(--soft); overflow-wrap: anywhere }
    .headline { margin: .5rem 0 0; max-width: 50rem; font-size: 1.625rem; line-height: 1.3; font-weight: 600; \
    letter-spacing: -.011em; text-wrap: balance }
    .support { margin: .75rem 0 0; font-size: 1.0625rem }
    .byline { color: var(--soft); margin: 1rem 0 0 }
    .doubts { margin: 1.5rem 0 0; border: 1px solid var(--warn); border-radius: 6px }
    .doubts ul { margin: 0; padding: .75rem 1rem .75rem 2.25rem }
    .doubts li { max-width: none }
    nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: 2rem 0 0; padding: 0; \
    font-size: .9375rem }
    """

  private static let tables = """
    .scroll { overflow-x: auto; margin: 1.25rem 0 }
    table { border-collapse: collapse; min-width: 100%; font-size: .9375rem; line-height: 1.4 }
    caption { text-align: left; color: var(--soft); font-size: .875rem; padding: 0 0 .5rem; text-wrap: pretty }
    caption span { display: block; position: sticky; left: 0; max-width: min(44rem, calc(100vw - 2rem)) }
    thead th { font-weight: 600; border-bottom: 1px solid var(--strong-rule); vertical-align: bottom }
    tbody th { font-weight: 500 }
    tbody tr + tr > * { border-top: 1px solid var(--rule) }
    thead tr:first-child > * { border-top: 2px solid var(--strong-rule) }
    tbody tr:last-child > * { border-bottom: 2px solid var(--strong-rule) }
    th, td { padding: .5rem .75rem; text-align: left; vertical-align: top }
    th:first-child, td:first-child { padding-left: .25rem } th:last-child, td:last-child { padding-right: .25rem }
    .num { text-align: right; white-space: nowrap }
    .detail { display: block; color: var(--soft); font-size: .8125rem }
    td code { overflow-wrap: anywhere }
    .figure.key { display: inline-block; width: .95rem; height: .95rem; margin-right: .45rem; vertical-align: -.12rem }
    tbody th { overflow-wrap: break-word; min-width: 9rem }
    """

  private static let figures = """
    figure { margin: 1.75rem 0; padding: 0 }
    figcaption { color: var(--soft); font-size: .875rem; max-width: 44rem; margin-top: .25rem; text-wrap: pretty }
    .figure { display: block; width: 100%; height: auto; max-width: 56rem }
    .live { display: none; max-width: 60rem }
    .has-plot .live { display: block } .has-plot .still { display: none }
    """

  private static let confusion = """
    .matrices { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 2rem 2.5rem }
    .matrix table { font-size: .8125rem; min-width: 0; width: 100%; table-layout: auto }
    .matrix .scroll { margin: 0 }
    .matrix th, .matrix td { padding: .3rem .15rem; text-align: center; min-width: 1.6rem; vertical-align: middle }
    .matrix tbody th { text-align: right; min-width: 0; padding-right: .5rem; overflow-wrap: anywhere }
    .matrix thead th { font-weight: 500 }
    .matrix thead tr:first-child > * { border-top: 0; border-bottom: 1px solid var(--strong-rule) }
    .matrix tbody tr + tr > * { border-top: 0 }
    .matrix .figures { color: var(--soft); white-space: nowrap; padding-left: .5rem; text-align: right }
    .matrix tfoot > tr > * { border-top: 1px solid var(--strong-rule); color: var(--soft); font-weight: 400 }
    .matrix tbody tr:last-child > * { border-bottom: 0 }
    .matrix th span { display: inline-block; max-width: 9rem; overflow: hidden; text-overflow: ellipsis; \
    white-space: nowrap; vertical-align: bottom }
    .tall thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-width: none; max-height: 9rem }
    .hit { background: color-mix(in srgb, var(--heat) calc(var(--v) * 100%), transparent) }
    .wrong { background: color-mix(in srgb, var(--miss) calc(var(--v) * 100%), transparent) }
    .middle { color: var(--mid) } .deep { color: var(--ground) }
    .zero { color: transparent }
    """

  private static let items = """
    .items { display: flex; flex-wrap: wrap; gap: 1rem; list-style: none; padding: 0; margin: 1rem 0 }
    .items li { width: 14rem; border: 1px solid var(--rule); border-radius: 6px; padding: .75rem; font-size: .875rem; \
    display: grid; grid-template-columns: auto 1fr; gap: .5rem .75rem; break-inside: avoid }
    .items svg { width: 3.5rem; height: 3.5rem; flex: none; background: #000; border-radius: 3px }
    .items dl { margin: 0; display: grid; grid-template-columns: auto 1fr; gap: 0 .5rem; align-content: start; min-width: 0 }
    .items dt { color: var(--soft) } .items dd { margin: 0; overflow-wrap: anywhere }
    .items .id { grid-column: 1 / -1; margin: 0; color: var(--soft); overflow-wrap: anywhere; font-size: .8125rem }
    .items .right { font-weight: 600 }
    """

  private static let narrow = """
    @media (max-width: 40rem) {
      main, header, footer { padding-left: 1rem; padding-right: 1rem }
      header { padding-top: 1.5rem } .headline { font-size: 1.25rem } h2 { margin-top: 2.5rem }
      th, td { padding: .4rem .5rem } .items li { width: 100% }
      .figures-scroll { overflow-x: auto } .figures-scroll .figure { min-width: 34rem }
    }
    """

  private static let paper = """
    @media print {
      @page { margin: 16mm 14mm }
      html { font-size: 9.5pt } * { print-color-adjust: exact; -webkit-print-color-adjust: exact }
      body { background: none } main, header, footer { max-width: none; padding: 0 }
      header { padding-top: 0 } nav, .skip { display: none }
      h2 { margin-top: 2rem; break-after: avoid } h3, caption { break-after: avoid }
      .matrices { grid-template-columns: 1fr 1fr; gap: 1rem 1.5rem } .matrix table { font-size: .6875rem }
      .matrix th, .matrix td { padding: .2rem .1rem; min-width: 0 }
      figure, tr, .matrix { break-inside: avoid } .scroll { overflow: visible }
      .has-plot .live, .live { display: none } .has-plot .still, .still { display: block }
      .figure { max-width: 150mm } th, td { padding: .3rem .45rem }
      a { color: inherit; text-decoration: none }
    }
    """
}
