-- What the inspector runs inside a service of a C Skynet, once, after somebody has agreed to it: it registers the debug command
-- SKYLOOM_WAITS. That command reads who waits for what in this service and changes nothing; "SKYLOOM_WAITS off" takes it away again.
--
-- It answers with lines, numbered because the console sorts them by key; the fields of a line are parted by tabs:
--   probe <version> <address> <tasks> <tasks told> <names that are missing here, or ->
--   task <thread> <session it waits under> <kind> <target> <session it serves, or -> <for whom> <protocol> <command>
--   any <session it waits under> <session> ...           a select: any of these calls ends the wait
--   lock <table of the queue> <thread that holds it> <thread that waits> ...
--   dead <table of the queue>                            the thread that holds it has ended: nobody will ever get it
--   owe <session> <for whom>                             an answer that a response closure still owes
--   init <address> <session> <for whom>                  (launcher) the answer to this call comes when that service has started
--   unique <thread that waits> <thread that launches> <name>   (service_mgr)
--   end <lines before this one>
local VERSION = 2
local MOST = 2000
local DEEPEST = 100

local skynet = require "skynet"
local reg_debugcmd = require("skynet.debug").reg_debugcmd

-- The value of an upvalue with this name and type, of a function or of the functions it uses.
local function find(f, name, kind, depth)
	local inner = {}
	for i = 1, 255 do
		local n, v = debug.getupvalue(f, i)
		if n == nil then
			break
		end
		if n == name and type(v) == kind then
			return v
		end
		if type(v) == "function" then
			inner[#inner + 1] = v
		end
	end
	if depth > 0 then
		for _, g in ipairs(inner) do
			local v = find(g, name, kind, depth - 1)
			if v ~= nil then
				return v
			end
		end
	end
end

local missing = {}
local function known(name, ...)
	local v = _U and _U[name] or _P and _P.error and _P.error[name]
	for i = 1, select("#", ...) do
		local f = select(i, ...)
		if v == nil and type(f) == "function" then
			v = find(f, name, "table", 2)
		end
	end
	if v == nil then
		missing[#missing + 1] = name
	end
	return v or {}
end

local threads = known("session_id_coroutine", skynet.call, skynet.wait)
local serving = known("session_coroutine_id", skynet.ret, skynet.dispatch_message)
local sources = known("session_coroutine_address", skynet.ret, skynet.dispatch_message)
local watching = known("watching_session", skynet.call)
local sleeping = known("sleep_session", skynet.wait)
local owed = known("unresponse", skynet.response)
local protocols = skynet._proto or known("proto", skynet.dispatch)

local function number_of(address)
	if type(address) == "number" then
		return address
	end
	local hex = tostring(address):match "^:(%x+)$"
	if hex then
		return tonumber(hex, 16)
	end
	if tostring(address):sub(1, 1) == "." then
		return skynet.localname(address) or 0
	end
	return 0
end

local function id_of(value)
	return tostring(value):match "0?x?%x+$" or tostring(value)
end

-- A parameter of a function on the stack of a task, whether it has a name or is one of "...".
local function parameter(co, level, info, k)
	local n = k
	if k > info.nparams then
		if not info.isvararg then
			return nil
		end
		n = info.nparams - k
	end
	local _, v = debug.getlocal(co, level, n)
	return v
end

local function named_local(co, level, name)
	local found
	for i = 1, 60 do
		local n, v = debug.getlocal(co, level, i)
		if n == nil then
			break
		end
		if n == name then
			found = v
		end
	end
	return found
end

local function word(value)
	if type(value) == "string" and #value <= 64 and value:match "^[%w_.:/-]+$" then
		return value
	end
	return "-"
end

local function is_queue(f)
	local holder, list = false, nil
	for i = 1, 255 do
		local n, v = debug.getupvalue(f, i)
		if n == nil then
			break
		end
		if n == "current_thread" then
			holder = i
		elseif n == "thread_queue" and type(v) == "table" then
			list = v
		end
	end
	if holder and list then
		local _, co = debug.getupvalue(f, holder)
		return list, co
	end
end

-- Whether queues of this version are known here: one that is made to look at tells.
local function odd_queue()
	local make = package.loaded["skynet.queue"]
	if type(make) ~= "function" then
		return false
	end
	local ok, queue = pcall(make)
	return ok and type(queue) == "function" and not is_queue(queue)
end

local function upvalue(f, name)
	return type(f) == "function" and find(f, name, "table", 0) or nil
end

local function read()
	local out, told = {}, 0
	local function say(...)
		told = told + 1
		out[string.format("%06d", told)] = table.concat({ ... }, "\t")
	end

	local lua = protocols.lua
	local dispatch = lua and lua.dispatch
	local commands = upvalue(dispatch, "command") or upvalue(dispatch, "cmd") or {}
	local instance = upvalue(commands.LAUNCHOK, "instance")
	local waitfor = type(commands.QUERY) == "function" and find(commands.QUERY, "waitfor", "function", 0)
	local init_thread = find(skynet.start, "init_thread", "thread", 1)
	local protocol_of = {}
	for name, p in pairs(protocols) do
		if type(name) == "string" and type(p) == "table" and p.dispatch then
			protocol_of[p.dispatch] = name
		end
	end

	-- The oldest sessions first: they have the lowest numbers.
	local sessions = {}
	for session, co in pairs(threads) do
		if type(co) == "thread" then
			sessions[#sessions + 1] = session
		end
	end
	table.sort(sessions)
	local asleep, helper = {}, {}
	for token, session in pairs(sleeping) do
		asleep[session] = token
		if type(token) == "table" and type(rawget(token, "_sessions")) == "table" and rawget(token, "_thread") then
			helper[rawget(token, "_thread")] = true
		end
	end

	local lines, locks, uniques, selects, count = {}, {}, {}, {}, 0
	for _, session in ipairs(sessions) do
		local co, target = threads[session], watching[session]
		local token = asleep[session]
		if (target ~= nil or token ~= nil) and count < MOST then
			count = count + 1
			local kind, protocol, command = target ~= nil and "call" or "wait", "-", "-"
			if helper[co] then
				kind = "batch"
			else
				for level = 0, DEEPEST do
					local info = debug.getinfo(co, level, "Sfu")
					if info == nil then
						break
					end
					local f = info.func
					if kind == "wait" then
						if f == skynet.sleep then
							kind = "sleep"
						elseif info.source:find("skynet[/\\]socket") then
							kind = "socket"
						end
					end
					local list, holder = is_queue(f)
					if list then
						locks[list] = holder
					end
					if f == waitfor then
						local s = named_local(co, level, "s")
						local launch = type(s) == "table" and s.launch
						if type(launch) == "table" and launch.co ~= co then
							uniques[#uniques + 1] = { "unique", id_of(co), id_of(launch.co), word(named_local(co, level, "name")) }
						end
					end
					if protocol_of[f] then
						protocol = protocol_of[f]
						command = word(parameter(co, level, info, 3))
						local method = protocol == "snax" and named_local(co, level, "method")
						if type(method) == "table" then
							command = word(method[3])
						end
					end
				end
			end
			if type(token) == "table" and helper[rawget(token, "_thread")] then
				kind = "select"
				-- One that gives up after a while waits for time, not for others.
				if not token._timeout then
					local line = { "any", session }
					for s in pairs(token._sessions) do
						if watching[s] then
							line[#line + 1] = s
						end
					end
					selects[#selects + 1] = line
				end
			end
			lines[#lines + 1] = {
				"task",
				id_of(co),
				session,
				kind,
				target ~= nil and number_of(target) or 0,
				serving[co] or "-",
				sources[co] or (co == init_thread and "init" or "-"),
				protocol,
				command,
			}
		end
	end

	local total = 0
	for _, session in ipairs(sessions) do
		if watching[session] ~= nil or asleep[session] ~= nil then
			total = total + 1
		end
	end
	local names = table.concat(missing, ",")
	if odd_queue() then
		names = names .. (names == "" and "" or ",") .. "current_thread,thread_queue"
	end
	say("probe", VERSION, string.format(":%08x", skynet.self()), total, count, names == "" and "-" or names)
	for _, line in ipairs(lines) do
		say(table.unpack(line))
	end
	for _, line in ipairs(selects) do
		say(table.unpack(line, 1, math.min(#line, 200)))
	end
	for list, holder in pairs(locks) do
		if type(holder) == "thread" and #list > 0 then
			local line = { "lock", id_of(list), id_of(holder) }
			for i = 1, math.min(#list, MOST) do
				line[#line + 1] = id_of(list[i])
			end
			say(table.concat(line, "\t"))
			if coroutine.status(holder) == "dead" then
				say("dead", id_of(list))
			end
		end
	end
	for _, line in ipairs(uniques) do
		say(table.unpack(line))
	end
	local function closure(response)
		local session, source
		for i = 1, 20 do
			local n, v = debug.getupvalue(response, i)
			if n == nil then
				break
			end
			if n == "co_session" then
				session = v
			elseif n == "co_address" then
				source = v
			end
		end
		return session, source
	end
	local owes = 0
	for response in pairs(owed) do
		local session, source = closure(response)
		if session and source and owes < MOST then
			owes = owes + 1
			say("owe", session, source)
		end
	end
	for address, response in pairs(instance or {}) do
		if type(response) == "function" then
			local session, source = closure(response)
			if session and source then
				say("init", number_of(address), session, source)
			end
		end
	end
	say("end", told)
	return out
end

reg_debugcmd("SKYLOOM_WAITS", function(what)
	if what == "off" then
		reg_debugcmd("SKYLOOM_WAITS", nil)
		skynet.ret(skynet.pack "SKYLOOM_WAITS is gone")
	else
		skynet.ret(skynet.pack(read()))
	end
end)

-- The console cannot print what RUN answers when all went well, and hangs up; after an error it says <CMD OK> and stays.
error("SKYLOOM_WAITS is registered", 0)
