# gdb for gocc programs: channels, closures and captured variables printed readably, closures under
# Go's names, and goroutines: `info goroutines`, `goroutine N COMMAND`.
#
# gdb loads this file by itself for a program that holds the runtime library, which names it in its
# section .debug_gdb_scripts (runtime/gdb_script.S). It does so only for a file under its auto-load
# safe-path, as /usr/share/gdb/auto-load is, where `make install` puts it. Anywhere else: `source`
# this file, or put `add-auto-load-safe-path FILE` into ~/.config/gdb/gdbinit.
#
# Method: everything is read from memory and debug information, nothing is called in the program,
# so that it works on a core file and on a stopped scheduler. A channel is known by its type
# (abi.h), a closure and the memory of a captured variable by the header in front of it.
#
# A stopped goroutine is shown by an unwinder that takes the frame which the thread stands in for
# one called by it: registers are never written. Layouts: gmp.h, chan.h, switch_ARCH.S.
import gdb
import gdb.unwinder
from gdb.FrameDecorator import FrameDecorator

MAX_ELEMENTS = 32

# enum go__wait, in the words of report.c
WAITS = {
    "NONE": "running", "CHAN_SEND": "chan send", "CHAN_RECV": "chan receive",
    "CHAN_SEND_NIL": "chan send (nil chan)", "CHAN_RECV_NIL": "chan receive (nil chan)",
    "SELECT": "select", "SELECT_NONE": "select (no cases)", "SLEEP": "sleep",
    "MUTEX": "sync.Mutex.Lock", "RWMUTEX_R": "sync.RWMutex.RLock",
    "RWMUTEX_W": "sync.RWMutex.Lock", "WAITGROUP": "sync.WaitGroup.Wait",
    "COND": "sync.Cond.Wait", "SEMAPHORE": "semacquire", "IO": "IO wait",
}


def strip(type_):
    return type_.strip_typedefs().unqualified()


def text_of(type_):
    """A type as the source would write it: chan<int>, func<void(int)>, struct job."""
    shape = shape_of(type_)
    return shape.name if shape else str(type_.unqualified())


# ---- the encoding of channels and closures (abi.h) --------------------------------------------

class Shape:
    """What a pointer type stands for: kind is "chan" or "func"."""

    def __init__(self, kind, name, element=None):
        self.kind, self.name, self.element = kind, name, element


def shape_of(type_):
    type_ = strip(type_)
    if type_.code != gdb.TYPE_CODE_PTR:
        return None
    middle = type_.target().strip_typedefs()
    if middle.code != gdb.TYPE_CODE_PTR:
        return None
    function = strip(middle.target())
    if function.code != gdb.TYPE_CODE_FUNC:
        return None
    params = [f.type for f in function.fields()]
    if not params or strip(params[0]).code != gdb.TYPE_CODE_PTR:
        return None
    first = strip(params[0]).target().strip_typedefs()
    result = function.target()
    if first.code == gdb.TYPE_CODE_STRUCT and first.tag == "gocc_hchan" and len(params) == 1:
        way = {middle.const().__str__(): "<-chan<%s>", middle.volatile().__str__(): "chan<-%s>"}
        plain = middle.unqualified()
        form = "chan<%s>" if str(middle) == str(plain) else way.get(str(middle), "chan<%s>")
        return Shape("chan", form % text_of(result), result)
    if first.code == gdb.TYPE_CODE_VOID:
        args = ", ".join(text_of(p) for p in params[1:])
        return Shape("func", "func<%s(%s)>" % (text_of(result), args))
    return None


def header_of(address):
    """The struct gocc_object in front of an address."""
    type_ = gdb.lookup_type("struct gocc_object").pointer()
    return (gdb.Value(address).cast(type_) - 1).dereference()


def object_name(address):
    """What the header in front of an address calls the object, or None for other memory."""
    try:
        header = header_of(address)
        # -1 is half of INT64_MIN's static objects and up; a count is small
        refs = int(header["refs"])
        if not (0 < refs < 1 << 40 or refs < -(1 << 61)):
            return None
        kind = header["type"]
        if int(kind["n_owned"]) > 1 << 16:
            return None
        return kind["name"].string(length=200).split("\0")[0]
    except (gdb.error, UnicodeDecodeError):
        return None


# ---- printers ---------------------------------------------------------------------------------

def waiting(queue):
    numbers, at = [], queue["first"]
    while int(at) and len(numbers) < 1000:
        numbers.append(str(int(at["g"]["id"])))
        at = at["next"]
    return numbers


class ChanPrinter:
    """chan<int> 2/4 {10, 11}: two of four; then who waits, and whether it is closed."""

    def __init__(self, value, shape):
        self.value, self.shape = value, shape

    def to_string(self):
        name = self.shape.name
        if not int(self.value):
            return name + " NULL"
        chan = gdb.Value(int(self.value)).cast(gdb.lookup_type("struct gocc_hchan").pointer())
        text = "%s %d/%d" % (name, int(chan["count"]), int(chan["cap"]))
        if int(chan["cap"]):
            text += " {%s}" % ", ".join(self.elements(chan))
        for queue, role in (("receivers", "receiving"), ("senders", "sending")):
            numbers = waiting(chan[queue])
            if numbers:
                text += ", %s: goroutine %s" % (role, ", ".join(numbers))
        return text + (", closed" if int(chan["closed"]) else "")

    def elements(self, chan):
        count, cap, read = int(chan["count"]), int(chan["cap"]), int(chan["read"])
        if not int(chan["elem_size"]):
            return
        slots = chan["slots"].cast(strip(self.shape.element).pointer())
        for i in range(min(count, MAX_ELEMENTS)):
            yield (slots + (read + i) % cap).dereference().format_string()
        if count > MAX_ELEMENTS:
            yield "..."


class FuncPrinter:
    """func<void(int)> work.func1 {out = ..., total = ...}, or the C function behind it."""

    def __init__(self, value, shape):
        self.value, self.shape = value, shape

    def to_string(self):
        if not int(self.value):
            return self.shape.name + " NULL"
        code = self.value.dereference()
        block = gdb.block_for_pc(int(code))
        function = block.function.name if block and block.function else None
        name = object_name(int(self.value)) or function or hex(int(code))
        return "%s %s%s" % (self.shape.name, name, self.captured(function))

    def captured(self, function):
        try:
            record = gdb.lookup_type("struct " + function) if function else None
        except gdb.error:
            return ""
        if not record:
            return ""
        record = gdb.Value(int(self.value)).cast(record.pointer()).dereference()
        parts = ["%s = %s" % (f.name, record[f].format_string())
                 for f in record.type.fields() if f.name != "code"]
        return " {%s}" % ", ".join(parts)


class SharedPrinter:
    """A captured variable: its value, with its address as gdb shows a reference."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return "@%s: %s" % (hex(int(self.value)), self.value.dereference().format_string())


def is_shared(value):
    target = strip(value.type).target().strip_typedefs()
    if target.code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_VOID) or target.sizeof == 0:
        return False
    return int(value) != 0 and object_name(int(value)) == "captured variable"


def lookup_printer(value):
    type_ = strip(value.type)
    if type_.code != gdb.TYPE_CODE_PTR:
        return None
    shape = shape_of(type_)
    if shape and shape.kind == "chan":
        return ChanPrinter(value, shape)
    if shape and (not int(value) or object_name(int(value))):
        return FuncPrinter(value, shape)
    return SharedPrinter(value) if is_shared(value) else None


# ---- names of closures in backtraces ----------------------------------------------------------

def source_name(frame):
    """main.func1 for the function main_func1: the name stands in main_func1_type."""
    name = frame.name()
    if not name or "_func" not in name:
        return name
    try:
        block = frame.block()
        symbol = gdb.lookup_symbol(name + "_type", block)[0] if block else None
        return symbol.value()["name"].string() if symbol else name
    except (gdb.error, RuntimeError):
        return name


class Named(FrameDecorator):
    def function(self):
        return source_name(self.inferior_frame()) or super().function()


class NameFilter:
    def __init__(self):
        self.name, self.priority, self.enabled = "gocc", 100, True

    def filter(self, frames):
        if stopped.saved:
            next(frames, None)  # the thread's own, which stands in for the goroutine's callee
        return map(Named, frames)


# ---- goroutines -------------------------------------------------------------------------------

def runtime_value(expression):
    return gdb.parse_and_eval(expression)


def all_goroutines():
    """struct go__g *, main first. Free descriptors are left out."""
    sched = runtime_value("go__sched")
    if int(sched["g1"]) and not int(sched["main_exited"]):
        yield sched["g1"]
    block = runtime_value("'runtime/descriptor.c'::g_blocks")
    while int(block):
        array = block["g"]
        low, high = array.type.range()
        for i in range(low, high + 1):
            if int(array[i]["status"]) != int(runtime_value("GO__G_FREE")):
                yield array[i].address
        block = block["next"]


def thread_of(g):
    """The thread that runs g, or None; threads are known by their kernel number."""
    m = runtime_value("go__sched.all_m")
    while int(m):
        if int(m["g"]) == int(g) and not int(m["dead"]):
            for thread in gdb.selected_inferior().threads():
                if thread.ptid[1] == int(m["tid"]):
                    return thread
        m = m["all_next"]
    return None


def state_of(g):
    status = int(g["status"])
    if status == int(runtime_value("GO__G_RUNNING")):
        return "running"
    if status == int(runtime_value("GO__G_RUNNABLE")):
        return "runnable"
    why = str(gdb.Value(int(g["why"])).cast(gdb.lookup_type("enum go__wait")))
    return WAITS.get(why.replace("GO__WAIT_", ""), why)


def entry_of(g):
    if int(g) == int(runtime_value("go__sched.g1")):
        return "main"
    return g["type"]["name"].string() if int(g["type"]) else "?"


def saved_registers(g):
    """The registers of a goroutine that does not run, by the layout in switch_ARCH.S."""
    sp = int(g["sp"])
    if not sp:
        return None
    word = gdb.lookup_type("unsigned long")

    def at(offset):
        return gdb.Value(sp + offset).cast(word.pointer()).dereference()

    if "aarch64" in gdb.selected_frame().architecture().name():
        names = ["x29", "x30"] + ["x%d" % n for n in range(19, 29)]
        saved = {name: at(8 * i) for i, name in enumerate(names)}
        saved["pc"], saved["sp"] = saved["x30"], gdb.Value(sp + 160).cast(word)
        return saved
    names = ["rbp", "rbx", "r12", "r13", "r14", "r15", "rip"]
    saved = {name: at(8 * i) for i, name in enumerate(names)}
    saved["rsp"] = gdb.Value(sp + 56).cast(word)
    return saved


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class StoppedGoroutine(gdb.unwinder.Unwinder):
    """While `saved` is set: the frame with this stack pointer was called by the goroutine."""

    def __init__(self):
        super().__init__("gocc stopped goroutine")
        self.saved, self.top = None, None

    def __call__(self, frame):
        if not self.saved:
            return None
        arm = "sp" in self.saved
        sp = frame.read_register("sp" if arm else "rsp")
        pc = frame.read_register("pc" if arm else "rip")
        if int(sp) != self.top:
            return None
        info = frame.create_unwind_info(FrameId(sp, pc))
        for name, value in self.saved.items():
            info.add_saved_register(name, value)
        return info


stopped = StoppedGoroutine()


def run_in_goroutine(g, command):
    thread = thread_of(g) if int(g["status"]) == int(runtime_value("GO__G_RUNNING")) else None
    before, frame = gdb.selected_thread(), gdb.selected_frame()
    try:
        if thread:
            thread.switch()
            gdb.execute(command)
            return
        saved = saved_registers(g)
        if not saved:
            print("goroutine %d has not run yet: it begins in %s" % (int(g["id"]), entry_of(g)))
            return
        newest = gdb.newest_frame()
        stopped.top = int(newest.read_register("sp" if "sp" in saved else "rsp"))
        stopped.saved = saved
        gdb.invalidate_cached_frames()
        gdb.newest_frame().older().select()
        gdb.execute(command)
    finally:
        stopped.saved = None
        gdb.invalidate_cached_frames()
        before.switch()
        if thread and frame.is_valid():
            frame.select()


class InfoGoroutines(gdb.Command):
    """List the goroutines: number, state, what they wait on, and where they began.
The one that the selected thread runs has a star."""

    def __init__(self):
        super().__init__("info goroutines", gdb.COMMAND_STATUS)

    def invoke(self, arg, from_tty):
        here = gdb.selected_thread()
        for g in sorted(all_goroutines(), key=lambda g: int(g["id"])):
            thread = thread_of(g) if int(g["status"]) == int(runtime_value("GO__G_RUNNING")) else None
            star = "*" if thread and here and thread.num == here.num else " "
            print("%s %d [%s] %s" % (star, int(g["id"]), state_of(g), entry_of(g)))


class Goroutine(gdb.Command):
    """Run a command in a goroutine: goroutine N COMMAND, as `goroutine 7 bt`.
`goroutine all COMMAND` does it in each. In a goroutine that does not run frames begin at 1."""

    def __init__(self):
        super().__init__("goroutine", gdb.COMMAND_STACK)

    def invoke(self, arg, from_tty):
        which, _, command = arg.partition(" ")
        goroutines = list(all_goroutines())
        if which != "all":
            goroutines = [g for g in goroutines if str(int(g["id"])) == which]
        if not which or not goroutines:
            raise gdb.GdbError("No goroutine '%s': see `info goroutines`." % which)
        for g in goroutines:
            if which == "all":
                print("\ngoroutine %d [%s]:" % (int(g["id"]), state_of(g)))
            run_in_goroutine(g, command.strip() or "bt")


def register():
    home = gdb.current_objfile() or gdb
    home.pretty_printers.append(lookup_printer)
    home.frame_filters["gocc"] = NameFilter()
    gdb.unwinder.register_unwinder(None, stopped, replace=True)
    InfoGoroutines()
    Goroutine()


register()
