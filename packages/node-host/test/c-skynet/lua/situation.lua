-- Starts the situations that the configuration names, then the console.
local skynet = require "skynet"
require "skynet.manager"

local START = {}

function START.deadlock()
	local a = skynet.newservice("account", "a")
	local b = skynet.newservice("account", "b")
	skynet.send(a, "lua", "pay", b, 20)
	skynet.send(b, "lua", "pay", a, 30)
end

function START.ring()
	local ring = {}
	for i = 1, 3 do
		ring[i] = skynet.newservice("fork", i)
	end
	for i = 1, 3 do
		skynet.send(ring[i], "lua", "dine", ring[i % 3 + 1], 10 * i - 5)
	end
end

function START.self_call()
	skynet.send(skynet.newservice("worker", "self"), "lua", "self_call")
end

function START.init_cycle()
	skynet.fork(skynet.uniqueservice, "selfish")
end

function START.long_call()
	local a = skynet.newservice("worker", "caller")
	local b = skynet.newservice("worker", "slow")
	skynet.send(a, "lua", "slow_call", b, 60000)
end

function START.reentrant()
	local a = skynet.newservice("worker", "there")
	local b = skynet.newservice("worker", "back")
	skynet.send(a, "lua", "there", b)
end

function START.holder()
	local a = skynet.newservice("worker", "holder")
	for _ = 1, 3 do
		skynet.send(a, "lua", "hold", 600000)
	end
	skynet.send(skynet.newservice("worker", "reenter"), "lua", "reenter", 60000)
end

-- A debug command of our own would do the same; killthread is what killtask runs.
function START.lost()
	local a = skynet.newservice("worker", "lost")
	for _ = 1, 3 do
		skynet.send(a, "lua", "hold", 600000)
	end
	skynet.send(a, "lua", "kill_holder", 20)
end

-- The one that is next in the line is killed; the queue is handed to it all the same.
function START.lost_next()
	local a = skynet.newservice("worker", "lost", "next")
	skynet.send(a, "lua", "hold", 40)
	for _ = 1, 2 do
		skynet.send(a, "lua", "hold", 600000)
	end
	skynet.send(a, "lua", "kill_next", 20)
end

function START.token()
	skynet.send(skynet.newservice("worker", "token"), "lua", "wait_token")
end

function START.batch()
	local a = skynet.newservice("worker", "batch")
	local others = {}
	for i = 1, 3 do
		others[i] = skynet.newservice("worker", "part", i)
	end
	skynet.send(a, "lua", "batch", others, 600000)
end

function START.later()
	local a = skynet.newservice("worker", "owes")
	skynet.fork(skynet.call, a, "lua", "later")
end

function START.named()
	local a = skynet.newservice("worker", "named")
	skynet.name(".named", a)
	skynet.fork(skynet.call, ".named", "lua", "slow", 60000)
end

function START.busy()
	local a = skynet.newservice("worker", "busy")
	skynet.send(a, "lua", "spin", 60000)
end

function START.idle()
	for i = 1, tonumber(skynet.getenv "idle") do
		skynet.newservice("idle", i)
	end
end

function START.load()
	for i = 1, 4 do
		local a = skynet.newservice("load", "a", i)
		local b = skynet.newservice("load", "b", i)
		for _ = 1, 8 do
			skynet.send(a, "lua", "run", b)
		end
	end
end

skynet.start(function()
	for name in skynet.getenv("situations"):gmatch "%S+" do
		START[name]()
	end
	skynet.newservice("debug_console", skynet.getenv "console")
	skynet.error "situation ready"
end)
