"""How much memory a program took at its peak, for programs that tests start."""

PEAK = """
def peak():  # kB of this program alone: ru_maxrss also counts the memory of the process that started it
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""
