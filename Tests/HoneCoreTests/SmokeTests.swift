import Testing

@Test("the test runner runs") func smoke() { #expect(1 + 1 == 2) }
