// HoneWorkloads
