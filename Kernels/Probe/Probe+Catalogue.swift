// Probe+Catalogue.swift: the rows of the machine-limit probes.

import CHoneKernel

func addProbeRows(_ catalogue: inout Catalogue) {
  catalogue.add(
    "probe", "f32", "peak", "multiply-adds on registers only: the peak of one core",
    check: probe_check, workspace: probe_workspace, run: probe_f32_peak)
}
