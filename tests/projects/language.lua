-- Runs through the language and its library and prints what comes out: the same with every build of
-- the interpreter. No addresses, no times, no order of pairs.
local count = 0
local function show(name, ...)
  count = count + 1
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  print(string.format("%03d %-12s %s", count, name, table.concat(parts, " ")))
end
local function sorted(t)
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  local i = 0
  return function() i = i + 1; if keys[i] ~= nil then return keys[i], t[keys[i]] end end
end
local function fails(name, f, ...)
  local ok, message = pcall(f, ...)
  show(name, ok, (tostring(message):gsub("0x%x+", "ADDRESS")))
end

-- numbers
show("integers", 7 // 2, -7 // 2, 7 % -3, -7 % 3, 1 << 62, 1 << 63, 1 << 64, -1 >> 60, ~5, 5 ~ 3, 6 & 3, 6 | 9)
show("floats", 7 / 2, 7.5 // 2, -7.5 % 2, 2 ^ 0.5, 1e308 * 10, -1e308 * 10, 0.1 + 0.2, 1e15, 1e16, 2 ^ 53)
show("mixed", 1 == 1.0, math.type(1), math.type(1.0), math.type("1"), 3 | 0, "10" + 5, "0x10" * 1, 10 .. 20)
show("limits", math.maxinteger, math.mininteger, math.maxinteger + 1 == math.mininteger, math.mininteger // -1, math.ult(1, -1))
show("convert", tonumber("0x1p4"), tonumber("  12  "), tonumber("1e1"), tonumber("z", 36), tonumber("8", 8), tonumber("nope"), math.tointeger(3.0), math.tointeger(3.5))
show("nan", 0 / 0 ~= 0 / 0, math.huge > math.maxinteger, -0.0 == 0.0, 1 / -0.0)
show("math", math.floor(-3.5), math.ceil(-3.5), math.fmod(-7, 3), math.abs(math.mininteger), math.max(3, 7.5, -1), math.sqrt(2), math.exp(1), math.log(8, 2), math.pi)
for i = 3, 1, -1 do show("for", i) end
for i = 1.0, 2, 0.25 do show("for", i) end
for i = math.maxinteger - 1, math.maxinteger do show("for", i) end
fails("for zero", function() for i = 1, 2, 0 do end end)
fails("divide", function() return 1 // 0 end)
fails("shift", function() return 1.5 << 1 end)

-- strings
show("format", string.format("%5d|%-5d|%05d|%+d|%x|%X|%o|%c", 42, 42, 42, 42, 255, 255, 8, 65))
show("format", string.format("%.3f|%10.2e|%g|%a|%q|%s|%10s|%-10s|%.2s", 1 / 3, 12345.678, 1e20, 1.0, "a\n\"b\0c", nil, "right", "left", "cut"))
show("gsub", ("hello world"):gsub("o", "0"), ("abc"):gsub("%w", "%0%0"), ("k=v, x=y"):gsub("(%w+)=(%w+)", "%2=%1"))
show("gsub", ("$a $b $c"):gsub("%$(%w)", {a = 1, b = "two"}), ("abc"):gsub("", "-"), ("hello"):gsub("l", function(c) return c:upper() end, 1))
show("match", ("2024-05-06"):match("(%d+)-(%d+)-(%d+)"), ("[[x]]"):match("%[(%b[])%]"), ("  trim  "):match("^%s*(.-)%s*$") .. "|", ("THE (quick) fox"):find("%((%a+)%)"))
show("frontier", ("THE (quick) fox"):gsub("%f[%a]%a+", string.lower))
for k, v in ("a=1, b=2, c=3"):gmatch("(%w+)=(%w+)") do show("gmatch", k, v) end
show("string", ("x"):rep(5, "-"), ("abc"):reverse(), ("abc"):byte(1, -1), string.char(76, 117, 97), #"\u{20AC}", ("abcdef"):sub(-3, -2), ("a,b"):find(",", 1, true))
show("escapes", "\65\x42\u{43}\z
      D" == "ABCD", #[==[
line]]
]==], '\'' .. "\"")
show("pack", (string.pack(">I4 <i2 z s1 d", 0xdeadbeef, -2, "zero", "one", 0.5):gsub(".", function(c) return ("%02x"):format(c:byte()) end)))
show("unpack", string.unpack(">I4 <i2 z s1 d", string.pack(">I4 <i2 z s1 d", 0xdeadbeef, -2, "zero", "one", 0.5)))
show("packsize", string.packsize("!8 b i8 h"), string.packsize("i3 i7"))
show("utf8", utf8.char(72, 228, 8364, 0x10FFFF), utf8.len("häß€"), utf8.codepoint("h€", 1, -1), utf8.offset("a€b", 3), utf8.len("\xff"))
for p, c in utf8.codes("a€b") do show("codes", p, c) end
show("compare", "a" < "b", "Z" < "a", "" < "a", "a\0b" < "a\0c", "10" < "9")
show("coerce", 10 .. "", 1.5 .. "|", -0.0 .. "", 2 ^ 63 .. "", "3" * "4")
fails("concat", function() return {} .. "x" end)
fails("compare", function() return 1 < "2" end)
fails("format", string.format, "%d", 1.5)
fails("pattern", string.find, "x", "[a")
fails("rep", string.rep, "x", 1 << 62)

-- tables
local t = {10, 20, 30, nil, 50, n = 5, [1.0] = "one", ["key with space"] = true}
show("table", t[1], #{1, 2, 3}, t.n, t["key with space"], select("#", table.unpack(t, 1, 5)), rawlen({1, 2}), rawequal(t, t), next({}))
table.insert(t, 1, 5) ; table.remove(t, 2)
show("insert", t[1], t[2], table.concat({1, 2.5, "x"}, ", "), table.concat({}, "x"), table.concat({1, 2, 3}, "-", 2, 3))
show("move", table.concat(table.move({1, 2, 3, 4, 5}, 2, 4, 1), " "), table.concat(table.move({1, 2, 3}, 1, 3, 3), " "), table.unpack({1, 2, 3}, 2))
local words = {}
for w in ("the quick brown fox jumps over the lazy dog and runs away from the bear"):gmatch("%a+") do words[#words + 1] = w end
table.sort(words) ; show("sort", table.concat(words, " "))
table.sort(words, function(a, b) if #a ~= #b then return #a > #b end return a < b end) ; show("sort", table.concat(words, " "))
local seed, numbers = 42, {}
for i = 1, 2000 do seed = (seed * 1103515245 + 12345) % 2147483648 ; numbers[i] = seed % 1000 end
table.sort(numbers) ; local sum, ordered = 0, true
for i = 1, #numbers do sum = sum + i * numbers[i] ; ordered = ordered and (i == 1 or numbers[i - 1] <= numbers[i]) end
show("sort", ordered, sum)
fails("sort", table.sort, {3, 1, "x"})
fails("index", function() local x ; return x.y end)
fails("global", function() return undefined_name.field end)
fails("nan key", function() local x = {} ; x[0 / 0] = 1 end)
local border = {} ; for i = 1, 100 do border[i] = i end ; for i = 100, 51, -1 do border[i] = nil end
show("border", #border)

-- control flow
local function classify(n)
  if n < 0 then return "negative" elseif n == 0 then return "zero" else
    while true do n = n - 2 ; if n < 0 then return "odd" elseif n == 0 then return "even" end end
  end
end
show("if", classify(-1), classify(0), classify(7), classify(10))
for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then goto continue end
    if i == 3 then goto done end
    show("goto", i, j)
    ::continue::
  end
end
::done::
do local i = 0 ; repeat local last = i ; i = i + 1 until last >= 3 ; show("repeat", i) end
local a, b, c = (function() return 1, 2, 3 end)() ; show("multiple", a, b, c, (function() return 1, 2 end)(), ((function() return 1, 2 end)()))
a, b = b, a ; show("swap", a, b)

-- functions and closures
local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end end
local up, get = counter() ; up() up() ; show("closure", get(), (select(2, counter()))())
local fs = {} ; for i = 1, 3 do fs[i] = function() i = i + 10 return i end end
show("per pass", fs[1](), fs[1](), fs[2](), fs[3]())
local function variadic(...) local x, y = ... ; return select("#", ...), x, y, select(-1, ...) end
show("varargs", variadic(1, nil, 3), (variadic(nil)))
local function sum_all(n, acc) if n == 0 then return acc end return sum_all(n - 1, acc + n) end
show("tail call", sum_all(100000, 0))
local function ackermann(m, n) if m == 0 then return n + 1 elseif n == 0 then return ackermann(m - 1, 1) else return ackermann(m - 1, ackermann(m, n - 1)) end end
show("recursion", ackermann(2, 9), ackermann(3, 4))
fails("overflow", function() local function f() return 1 + f() end return f() end)
local y = function(f) return (function(x) return x(x) end)(function(x) return f(function(...) return x(x)(...) end) end) end
show("fixpoint", y(function(self) return function(n) return n < 2 and n or self(n - 1) + self(n - 2) end end)(20))

-- metatables
local V = {} ; V.__index = V
local function vec(x, y) return setmetatable({x = x, y = y}, V) end
V.__add = function(p, q) return vec(p.x + q.x, p.y + q.y) end
V.__mul = function(p, q) if type(p) == "number" then return vec(p * q.x, p * q.y) elseif type(q) == "number" then return vec(p.x * q, p.y * q) end return p.x * q.x + p.y * q.y end
V.__unm = function(p) return vec(-p.x, -p.y) end
V.__eq = function(p, q) return p.x == q.x and p.y == q.y end
V.__lt = function(p, q) return p.x < q.x end ; V.__le = function(p, q) return p.x <= q.x end
V.__tostring = function(p) return "(" .. p.x .. "," .. p.y .. ")" end
V.__len = function(p) return 2 end ; V.__concat = function(p, q) return tostring(p) .. tostring(q) end
V.__call = function(p, k) return p.x * k end ; V.__close = function(p) show("close", p) end
V.__idiv = function() return "idiv" end ; V.__shl = function() return "shl" end ; V.__bnot = function() return "bnot" end ; V.__name = "Vec"
local p, q = vec(1, 2), vec(3, 4)
show("meta", p + q, p * q, 2 * p, -q, p == vec(1, 2), p ~= q, p < q, p >= q, #p, p .. q, p .. "!", p(7), p // q, p << 1, ~p)
local log = {}
local proxy = setmetatable({}, {__index = function(_, k) log[#log + 1] = "get " .. tostring(k) return k == "x" and 1 or nil end, __newindex = function(t, k, v) log[#log + 1] = "set " .. tostring(k) rawset(t, k, v) end,
  __pairs = function(t) return function(_, k) if not k then return 1, "one" elseif k < 3 then return k + 1, "more" end end, t, nil end, __metatable = "locked"})
local _ = proxy.x, proxy.y ; proxy.z = 5 ; proxy.z = 6 ; for k, v in pairs(proxy) do log[#log + 1] = k .. v end
show("proxy", table.concat(log, "; "), getmetatable(proxy)) ; fails("locked", setmetatable, proxy, {})
local Base = {} ; Base.__index = Base ; function Base.new(c, n) return setmetatable({n = n}, c) end ; function Base:hello() return "base " .. self.n end
local Sub = setmetatable({}, {__index = Base}) ; Sub.__index = Sub ; function Sub:hello() return "sub+" .. Base.hello(self) end
show("inherit", Base:new("b"):hello(), Sub:new("s"):hello())
fails("arith", function() return p - q end)
show("inherit", rawget(p, "z"), rawset({}, 1, 2)[1], ("x"):upper(), #setmetatable({}, {__len = function() return 42 end}))

-- constants and variables that close
do
  local k <const> = 5 ; local one <close> = vec(1, 1) ; local two <close> = vec(2, k)
  show("scope", one, two)
end
fails("close error", function() local x <close> = setmetatable({}, {__close = function(_, e) show("closing", e) error("second", 0) end}) error("first", 0) end)
fails("not closable", function() local x <close> = 42 end)
show("const", load("local x <const> = 1 ; x = 2"))

-- errors
fails("error table", function() error({code = 7}) end and function() error(setmetatable({}, {__tostring = function() return "custom" end})) end)
fails("error level", function() local function inner() error("blamed", 2) end inner() end)
fails("error nil", function() error() end)
fails("assert", assert, false, "assertion text") ; fails("assert", assert, nil) ; show("assert", assert(1, 2, 3))
show("xpcall", xpcall(function(x) return x .. nil end, function(m) return "handled: " .. m end, "arg"))
show("nested", pcall(pcall, error, "deep")) ; show("select", pcall(select, 0))
show("traceback", (debug.traceback("message", 1):gsub("\n.*", " …")))

-- coroutines
local function generate(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end return "end" end) end
local g = generate(2) ; show("wrap", g()) ; show("wrap", g()) ; show("wrap", g()) ; fails("dead", g)
local co = coroutine.create(function(a, b) local c = coroutine.yield(a + b) local d, e = coroutine.yield(c * 2) return d .. e end)
show("resume", coroutine.resume(co, 1, 2)) ; show("resume", coroutine.resume(co, 10)) ; show("status", coroutine.status(co)) ; show("resume", coroutine.resume(co, "x", "y")) ; show("resume", coroutine.resume(co))
local function permute(a, n) n = n or #a ; if n <= 1 then coroutine.yield(table.concat(a)) else for i = 1, n do a[n], a[i] = a[i], a[n] permute(a, n - 1) a[n], a[i] = a[i], a[n] end end end
local all = {} ; for s in coroutine.wrap(function() permute({"a", "b", "c", "d"}) end) do all[#all + 1] = s end ; show("permute", #all, table.concat(all, " "))
local function sieve(n) local function from() return coroutine.wrap(function() for i = 2, n do coroutine.yield(i) end end) end
  local function filter(p, src) return coroutine.wrap(function() for i in src do if i % p ~= 0 then coroutine.yield(i) end end end) end
  local x, found = from(), {} ; while true do local k = x() ; if not k then break end found[#found + 1] = k ; x = filter(k, x) end return found end
show("sieve", table.concat(sieve(300), " "))
show("yield in pcall", coroutine.wrap(function() return pcall(function() local v = coroutine.yield(1) error("after " .. tostring(v), 0) end) end)())
local closing = coroutine.create(function() local x <close> = vec(9, 9) coroutine.yield() end) ; coroutine.resume(closing) ; show("co close", coroutine.close(closing), coroutine.status(closing))
show("running", select(2, coroutine.running()), coroutine.isyieldable()) ; fails("yield main", coroutine.yield)
show("sort yields", pcall(coroutine.wrap(function() table.sort({3, 2, 1}, function(a, b) coroutine.yield() return a < b end) end)))
local deep = coroutine.wrap(function() local function f(n) if n == 0 then coroutine.yield("bottom") return 0 end return 1 + f(n - 1) end return f(5000) end) ; show("deep yield", deep(), deep())

-- garbage
local weak, finalized = setmetatable({}, {__mode = "k"}), 0
for i = 1, 500 do weak[{}] = i ; setmetatable({}, {__gc = function() finalized = finalized + 1 end}) end
weak[show] = "kept" ; collectgarbage() ; collectgarbage()
local left = 0 ; for _ in pairs(weak) do left = left + 1 end ; show("gc", left, finalized, collectgarbage("count") > 0)
local eph = setmetatable({}, {__mode = "k"}) ; do local k = {} ; eph[k] = {k} end ; collectgarbage() ; show("ephemeron", next(eph))
collectgarbage("generational") ; local keep = {} ; for i = 1, 50000 do keep[i % 100] = {i, tostring(i)} end ; show("generational", keep[7][1]) ; collectgarbage("incremental")
local strings = {} ; for i = 1, 20000 do strings[i % 50 + 1] = ("s%d"):format(i):rep(3) end ; show("strings", strings[1], strings[50])

-- chunks, environments, modules, debug
show("load", load("return 1 + ...")(41), load("syntax error here")) ; show("load", type(load(function() return nil end)))
local parts = {"return ", "'pie", "ces'"} ; local at = 0 ; show("load", load(function() at = at + 1 return parts[at] end)())
local env = {print = print} ; load("x = 5 ; y = x * 2", "chunk", "t", env)() ; show("environment", env.x, env.y, x)
local function outer(a) local b = a * 2 return function(c) return a + b + c end end
show("dump", load(string.dump(function(a, b) local s = 0 for i = a, b do s = s + i end return s end))(1, 100))
show("upvalues", debug.getupvalue(outer(1), 1)) ; show("info", debug.getinfo(outer, "u").nparams, debug.getinfo(1, "S").what, debug.getinfo(show, "S").linedefined)
local lines = 0 ; debug.sethook(function() lines = lines + 1 end, "l") ; local z = 1
z = z + 1
debug.sethook() ; show("hook", lines, z)
package.preload.mine = function(name, extra) return {name = name, extra = extra} end ; show("require", require("mine").name, require("mine") == require("mine")) ; fails("require", function() require("not.there.at.all") end and error, "no such module")
show("locals", (function() local one, two = 1, 2 ; return debug.getlocal(1, 2) end)())

-- files and the system
local name = os.tmpname() ; local f = assert(io.open(name, "w")) ; f:write("line one\n", 42, " ", 3.5, "\nlast") ; f:close()
f = io.open(name) ; show("read", f:read("l")) ; show("read", f:read("n", "n")) ; show("seek", f:seek("cur"), f:seek("end"), f:seek("set", 5)) ; show("read", f:read(3), f:read("a")) ; f:close()
for l in io.lines(name) do show("lines", l) end ; show("type", io.type(f), io.type(io.stdout), io.type(5)) ; fails("closed", f.read, f)
show("open", io.open("/no/such/file")) ; show("remove", os.remove(name), (os.remove(name)))
show("time", os.time({year = 2024, month = 2, day = 30, hour = 12}) - os.time({year = 2024, month = 3, day = 1, hour = 12}), os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365), os.getenv("NO_SUCH_VARIABLE"))
local pipe = io.popen("echo from the shell; exit 3") ; show("popen", pipe:read("a"), pipe:close()) ; show("execute", os.execute("exit 4"))

-- larger programs
local function queens(n) local found, cols = 0, {} ; local function ok(r, c) for i = 1, r - 1 do if cols[i] == c or math.abs(cols[i] - c) == r - i then return false end end return true end
  local function place(r) if r > n then found = found + 1 return end for c = 1, n do if ok(r, c) then cols[r] = c place(r + 1) end end end place(1) return found end
show("queens", queens(6), queens(7))
local function life(grid, n) for _ = 1, n do local new = {} for y = 1, #grid do new[y] = {} for x = 1, #grid[1] do local s = 0 for dy = -1, 1 do for dx = -1, 1 do if (dx ~= 0 or dy ~= 0) and grid[y + dy] and grid[y + dy][x + dx] == 1 then s = s + 1 end end end
  new[y][x] = (s == 3 or (s == 2 and grid[y][x] == 1)) and 1 or 0 end end grid = new end local out = {} for y = 1, #grid do out[y] = table.concat(grid[y]) end return table.concat(out, "/") end
show("life", life({{0, 1, 0, 0, 0}, {0, 0, 1, 0, 0}, {1, 1, 1, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}}, 4))
local function json(v) if type(v) == "table" then local out = {} if #v > 0 then for _, x in ipairs(v) do out[#out + 1] = json(x) end return "[" .. table.concat(out, ",") .. "]" end
  for k, x in sorted(v) do out[#out + 1] = ("%q:%s"):format(k, json(x)) end return "{" .. table.concat(out, ",") .. "}" end return type(v) == "string" and ("%q"):format(v) or tostring(v) end
show("json", json({name = "x", list = {1, 2.5, {true, false}}, nested = {a = {b = {c = "deep"}}}}))
local function brainfuck(src, input) local out, tape, ptr, pc, stack, jump = {}, {}, 0, 1, {}, {} for i = 1, #src do local ch = src:sub(i, i) if ch == "[" then stack[#stack + 1] = i elseif ch == "]" then local j = table.remove(stack) jump[i], jump[j] = j, i end end
  while pc <= #src do local ch = src:sub(pc, pc) if ch == ">" then ptr = ptr + 1 elseif ch == "<" then ptr = ptr - 1 elseif ch == "+" then tape[ptr] = ((tape[ptr] or 0) + 1) % 256 elseif ch == "-" then tape[ptr] = ((tape[ptr] or 0) - 1) % 256
    elseif ch == "." then out[#out + 1] = string.char(tape[ptr] or 0) elseif ch == "[" and (tape[ptr] or 0) == 0 then pc = jump[pc] elseif ch == "]" and (tape[ptr] or 0) ~= 0 then pc = jump[pc] end pc = pc + 1 end return table.concat(out) end
show("machine", (brainfuck("++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+."):gsub("\n", "")))
local crc = 0xffffffff ; for i = 1, 3000 do crc = crc ~ (i % 256) for _ = 1, 8 do crc = (crc & 1) ~= 0 and (crc >> 1) ~ 0xedb88320 or crc >> 1 end end ; show("crc", ("%08x"):format(~crc & 0xffffffff))
