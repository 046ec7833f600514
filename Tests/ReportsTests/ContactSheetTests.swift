// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Reports
import Testing

@Suite struct ContactSheetTests {
  @Test func aSheetShowsItsEntriesAndAsksNoHost() {
    let sheet = ContactSheet(
      title: "a < b", summary: "2 of 2 items",
      entries: [
        .init(title: "\"quoted\".jpg", caption: "car & bus", jpeg: [0xFF, 0xD8, 0xFF]),
        .init(title: "broken.jpg", caption: "it can't be decoded", jpeg: nil),
      ])
    let page = sheet.source
    #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">\n") && page.hasSuffix("</body>\n</html>\n"))
    #expect(page.contains("<title>a &lt; b</title>") && page.contains("car &amp; bus"))
    #expect(page.contains("<img alt=\"&quot;quoted&quot;.jpg\" src=\"data:image/jpeg;base64,/9j/\">"))
    #expect(page.contains("content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:\""))
    #expect(page.contains(".sheet { list-style: none"))
    #expect(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"))
    #expect(page.split(separator: "<img").count == 2)
  }
}
