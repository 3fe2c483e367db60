// HTMLScript.swift: the page's only script: sorting tables. Without it everything can still be read.

enum HTMLScript {
  /// Sorts by the values where the cells have some, by the text otherwise; a second time reverses. The order is announced by aria-sort.
  static let sorting = """
    document.querySelectorAll('th button').forEach(function (button) {
      button.addEventListener('click', function () {
        var head = button.closest('th'), row = head.parentNode, table = head.closest('table');
        var column = Array.prototype.indexOf.call(row.children, head);
        var descending = head.getAttribute('aria-sort') === 'ascending';
        Array.prototype.forEach.call(row.children, function (other) { other.removeAttribute('aria-sort'); });
        head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
        var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
        var key = function (row) {
          var cell = row.cells[column], value = cell.getAttribute('data-v');
          return value === null ? null : parseFloat(value);
        };
        rows.sort(function (a, b) {
          var x = key(a), y = key(b), order;
          if (x !== null && y !== null) { order = x - y; }
          else if (x !== null || y !== null) { return x === null ? 1 : -1; }
          else { order = a.cells[column].textContent.localeCompare(b.cells[column].textContent); }
          return descending ? -order : order;
        });
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });

    """
}
