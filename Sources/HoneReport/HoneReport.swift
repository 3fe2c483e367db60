// HoneReport
