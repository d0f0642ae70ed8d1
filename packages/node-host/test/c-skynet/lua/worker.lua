-- Does what is not a deadlock: long work, calls that come back, waits that only somebody else can end.
local skynet = require "skynet"
local queue = require "skynet.queue"

local lock = queue()
local CMD = {}

function CMD.slow(cs)
	skynet.sleep(cs)
end

function CMD.slow_call(other, cs)
	return skynet.call(other, "lua", "slow", cs)
end

-- A calls B, B calls A: no lock is held, so A answers while it waits.
function CMD.there(other)
	return skynet.call(other, "lua", "back", skynet.self(), 60000)
end

function CMD.back(other, cs)
	return skynet.call(other, "lua", "slow", cs)
end

-- Holds the queue for long; others line up behind it.
local holder, line = nil, {}
function CMD.hold(cs)
	line[#line + 1] = coroutine.running()
	return lock(function()
		holder = coroutine.running()
		skynet.sleep(cs)
	end)
end

-- What killtask does: a queue that the task holds, or is handed, stays taken.
function CMD.kill_holder(cs)
	skynet.sleep(cs)
	skynet.killthread(holder)
end

function CMD.kill_next(cs)
	skynet.sleep(cs)
	skynet.killthread(line[2])
end

-- Calls itself for something that needs the queue it holds.
function CMD.self_call()
	return lock(function()
		return skynet.call(skynet.self(), "lua", "hold", 0)
	end)
end

-- The same queue twice in one task is allowed.
function CMD.reenter(cs)
	return lock(function()
		return lock(skynet.sleep, cs)
	end)
end

function CMD.wait_token()
	skynet.wait("nobody")
end

function CMD.batch(others, cs)
	local request = skynet.request()
	for _, other in ipairs(others) do
		request:add { other, "lua", "slow", cs }
	end
	for _ in request:select() do end
end

local owed = {}
function CMD.later()
	owed[#owed + 1] = skynet.response()
	return false
end

function CMD.spin(ms)
	local stop = skynet.hpc() + ms * 1000000
	while skynet.hpc() < stop do end
end

function CMD.count(n)
	return n + 1
end

skynet.info_func(function()
	return { owed = #owed }
end)

skynet.start(function()
	skynet.dispatch("lua", function(session, _, cmd, ...)
		local f = CMD[cmd]
		if cmd == "later" then
			f(...)
		elseif session == 0 then
			f(...)
		else
			skynet.retpack(f(...))
		end
	end)
end)
