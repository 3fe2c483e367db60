// HTMLTests.swift: the page stands alone, is valid, and can be used with keys, eyes and ears.

import Foundation
import HoneCore
import Testing

@testable import HoneReport

@Suite("HTML")
struct HTMLTests {
  static func page() throws -> String {
    Report(of: try SampleFleet.grid(), sections: FleetSections.all).rendered(as: HTMLRenderer.self)
  }

  static func count(_ needle: String, _ text: String) -> Int {
    text.components(separatedBy: needle).count - 1
  }

  @Test("it names no address: nothing is loaded from anywhere")
  func standsAlone() throws {
    let page = try Self.page()
    for word in ["http:", "https:", "//", "src=", "@import", "url("] {
      #expect(!page.contains(word), "\(word)")
    }
    #expect(page.contains("default-src 'none'"))
  }

  @Test("a page of one host, of several and of a comparison has every section, picture and table")
  func everything() throws {
    let page = try Self.page()
    for section in [
      "hosts", "configurations", "why", "transfer", "scaling", "results", "totals", "notes",
    ] {
      #expect(page.contains("<section id=\"\(section)\""), "\(section)")
    }
    #expect(Self.count("<svg ", page) == 3 + 3 + 2 + 1)
    let single = Report(of: Sample.subject).rendered(as: HTMLRenderer.self)
    #expect(single.contains("Hone report: test-2c") && single.contains("vs default"))
  }

  @Test(
    "each picture has a role and words, each table a scope for every head, each scrolling part a name and the focus"
  )
  func accessibility() throws {
    let page = try Self.page()
    let pictures = page.matches(of: /<svg [^>]*>/).map { String($0.0) }
    for picture in pictures {
      #expect(picture.contains("role=\"img\"") && !picture.contains("aria-label=\"\""))
      #expect(picture.contains("aria-label=\""))
    }
    for head in page.matches(of: /<th[ >][^>]*>/) {
      #expect(head.0.contains("scope="), "\(head.0)")
    }
    for part in page.matches(of: /<div class="scroll"[^>]*>/) {
      #expect(part.0.contains("tabindex=\"0\"") && part.0.contains("aria-label=\""))
    }
    #expect(page.contains("<html lang=\"en\">") && Self.count("<h1>", page) == 1)
    #expect(page.contains("class=\"skip\" href=\"#content\"") && page.contains("id=\"content\""))
    let identifiers = page.matches(of: /[ ]id="([^"]*)"/).map { String($0.1) }
    #expect(Set(identifiers).count == identifiers.count)
  }

  @Test("differences carry marks, not colours alone")
  func marks() throws {
    for cell in try Self.page().matches(of: /class="(better|worse)"[^>]*>([^<]*)</) {
      let text = cell.output.2
      #expect(text.hasPrefix("+") || text.hasPrefix("−") || text.hasPrefix("≈"), "\(text)")
    }
  }

  @Test(
    "text has a contrast of 4.5 on everything it is written on, lines and points of 3 (WCAG 2.2 AA)",
    arguments: [Palette.light, Palette.dark])
  func contrast(palette: Palette) {
    for text in [palette.ink, palette.soft, palette.link, palette.better, palette.worse] {
      for ground in [palette.paper, palette.panel] {
        #expect(Palette.contrast(text, ground) >= 4.5, "\(text) on \(ground)")
      }
    }
    for ground in palette.heat {
      #expect(Palette.contrast(palette.ink, ground) >= 4.5, "\(ground)")
    }
    for color in palette.series + [palette.line] {
      #expect(Palette.contrast(color, palette.paper) >= 3, "\(color)")
    }
    #expect(abs(Palette.contrast("#000000", "#ffffff") - 21) < 1e-9)
  }

  @Test("shades go from much worse to much better, and turn round where less is better")
  func shades() {
    #expect([0.4, 0.7, 0.9, 1, 1.1, 1.5, 3].map { SVGHeatMap.shade($0, true) } == Array(0...6))
    #expect(SVGHeatMap.shade(1.5, false) == 1 && SVGHeatMap.shade(.infinity, true) == 3)
  }

  @Test("text from records cannot become markup")
  func escaping() {
    var subject = Sample.subject
    subject.hardwareClass = "<script>alert('x')</script>\u{0} & \"co\""
    let page = Report(of: subject).rendered(as: HTMLRenderer.self)
    #expect(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert(&#39;x&#39;)"))
    #expect(!page.unicodeScalars.contains("\u{0}"))
  }

  @Test(
    "a strict parser finds nothing wrong",
    .enabled(if: ForeignProgram.pythonHas(["html5lib"]), "needs Python's html5lib"))
  func strictParser() throws {
    let program = """
      import sys, html5lib
      parser = html5lib.HTMLParser(strict=True)
      parser.parse(open(sys.argv[1], encoding="utf-8").read())
      """
    let result = try ForeignProgram.with(["page.html": try Self.page()]) {
      try ForeignProgram.run("python3", ["-c", program, $0.appending(path: "page.html").path])
    }
    #expect(result.code == 0, "\(result.output)")
  }

  @Test(
    "tidy finds nothing wrong",
    .enabled(if: ForeignProgram.find(["tidy"]) != nil, "needs tidy"))
  func tidy() throws {
    let result = try ForeignProgram.with(["page.html": try Self.page()]) {
      try ForeignProgram.run("tidy", ["-q", "-e", $0.appending(path: "page.html").path])
    }
    #expect(result.code == 0 && result.output.isEmpty, "\(result.output)")
  }

  @Test(
    "numbers beside axes",
    arguments: [
      (0.025, "0.025"), (500.0, "500"), (1234.0, "1234"), (1.5e9, "1.5e9"), (2e-7, "2e-7"),
      (0, "0"),
      (12.5, "12.5"), (-3.0, "-3"), (9.9999e9, "1e10"),
    ])
  func significant(value: Double, text: String) {
    if text == "1e10" {
      #expect(["1e10", "10e9"].contains(Scaled.significant(value)))
    } else {
      #expect(Scaled.significant(value) == text)
    }
  }
}
