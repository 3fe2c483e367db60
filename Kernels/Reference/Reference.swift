public enum KernelReference {}
