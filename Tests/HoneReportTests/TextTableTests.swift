// TextTableTests.swift: alignment, widths and decoration of text tables.

import HoneReport
import Testing

@Suite("Text tables")
struct TextTableTests {
  @Test("words go left, numbers right, nothing trails")
  func aligns() {
    var table = TextTable([.init("name"), .init("µs", .right), .init("note")])
    table.add(["a", "1.5", "long note"])
    table.add(["bcd", "12"])
    #expect(
      table.rendered() == """
        name   µs  note
        ----  ---  ---------
        a     1.5  long note
        bcd    12

        """)
    #expect(table.width == 20)
  }

  @Test("surplus cells are dropped, missing ones are empty")
  func fitsRowsToColumns() {
    var table = TextTable([.init("a"), .init("b")])
    table.add(["1", "2", "3"])
    table.add([])
    #expect(table.rows == [["1", "2"], ["", ""]])
  }

  @Test("decoration does not disturb the widths")
  func decorates() {
    var table = TextTable([.init("a"), .init("b")])
    table.add(["x", "y"])
    let text = table.rendered { _, column, cell in column == 0 ? "<\(cell)>" : cell }
    #expect(text == "a  b\n-  -\n<x>  y\n")
  }

  @Test("a table without columns is empty lines, not a crash")
  func empty() {
    #expect(TextTable([]).rendered() == "\n\n")
    #expect(TextTable([]).width == 0)
  }
}
