"""What needs no library: the database reader, and what is said where libhone is missing."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

import hone


def comparison(speedup):
    return {"speedup": speedup, "interval": {"low": speedup - 0.1, "high": speedup + 0.1}, "verdict": "faster"}


def row(m, cores, gain):
    return {
        "problem": {"operation": "gemm", "types": "f32", "shape": {"m": m, "n": 8, "k": 8}, "attributes": {"transB": "t"}},
        "cores": cores,
        "policy": "warm",
        "configuration": {"backend": "hone", "variant": "v", "parameters": {"kc": 256}},
        "seconds": 1e-6,
        "againstDefault": None if gain is None else comparison(gain),
        "record": "sha256:" + "0" * 64,
    }


class DatabaseTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, document, name="class-a", prefix=""):
        path = os.path.join(self.folder.name, "hosts", name)
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, "best.json"), "w", encoding="utf-8") as file:
            file.write(prefix + (document if isinstance(document, str) else json.dumps(document)))

    def document(self, *rows):
        return {"schema": "hone.best/1", "hardwareClass": "class-a", "rows": list(rows)}

    def test_rows_are_read(self):
        self.write(self.document(row(64, 1, 1.5), row(64, 2, None)), prefix="\ufeff")
        database = hone.Database(self.folder.name)
        self.assertEqual(len(database), 2)
        self.assertEqual(database.hardware_classes, ["class-a"])
        found = database.find("gemm", m=64, cores=1, transB="t", backend="hone")
        self.assertEqual([r.speedup for r in found], [1.5])
        self.assertEqual(found[0].parameters, {"kc": 256})
        self.assertIsNone(database.find(cores=2)[0].speedup)
        self.assertEqual(database.find(m=65), [])
        self.assertEqual(database.to_dict()["class-a"]["rows"][0]["cores"], 1)

    def test_one_file_can_be_named(self):
        self.write(self.document(row(1, 1, None)))
        path = os.path.join(self.folder.name, "hosts", "class-a", "best.json")
        self.assertEqual(len(hone.Database(path)), 1)

    def test_what_is_no_database_is_refused_by_name(self):
        with self.assertRaisesRegex(hone.UnusableDataError, "no tuning database"):
            hone.Database("/nowhere")
        for text in ("{", "[]", '{"schema": "hone.best/2"}', '{"schema": "hone.best/1"}'):
            self.write(text)
            with self.assertRaisesRegex(hone.UnusableDataError, "best.json"):
                hone.Database(self.folder.name)

    def test_a_damaged_row_is_an_error_of_its_own(self):
        self.write(self.document({"problem": {}}))
        with self.assertRaises(hone.UnusableDataError):
            list(hone.Database(self.folder.name))

    def test_frame(self):
        self.write(self.document(row(64, 1, 1.5), row(128, 2, None)))
        try:
            import pandas  # noqa: F401
        except ImportError:
            with self.assertRaisesRegex(ImportError, "pip install pandas"):
                hone.Database(self.folder.name).to_pandas()
            return
        frame = hone.Database(self.folder.name).to_pandas()
        self.assertEqual(list(frame["shape.m"]), [64, 128])


class MissingLibraryTests(unittest.TestCase):
    def ask(self, library):
        code = "import hone\ntry:\n hone.library_version()\nexcept hone.LibraryNotFound as e:\n print(e)"
        environment = {**os.environ, "HONE_LIBRARY": library}
        return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True).stdout

    def test_a_missing_library_is_named(self):
        self.assertRegex(self.ask("/nowhere/libhone.so.0"), "libhone is not found: /nowhere.*HONE_LIBRARY")

    def test_another_library_is_told(self):
        self.assertIn("has no hone_version", self.ask("libc.so.6"))


if __name__ == "__main__":
    unittest.main()
