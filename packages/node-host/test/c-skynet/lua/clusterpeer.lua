-- One node of a cluster whose other node is ours: answers, and calls back what it is told to.
local skynet = require "skynet"
local cluster = require "skynet.cluster"

local pushed = {}
local command = {}

function command.ECHO(...)
	return ...
end

function command.LEN(text)
	return #text
end

function command.BIG(n)
	return string.rep("r", n)
end

function command.FAIL(text)
	error(text)
end

function command.SLOW(ticks, value)
	skynet.sleep(ticks)
	return value
end

function command.PUSH(value)
	table.insert(pushed, value)
end

function command.PUSHED()
	return pushed
end

function command.CALL(node, address, ...)
	return pcall(cluster.call, node, address, ...)
end

function command.SEND(node, address, ...)
	cluster.send(node, address, ...)
end

function command.QUERY(node, name)
	return pcall(cluster.query, node, name)
end

function command.PROXY(node, name, ...)
	local proxy = cluster.proxy(node, name)
	skynet.send(proxy, "lua", "PUSH", "through a proxy")
	return skynet.call(proxy, "lua", ...)
end

-- What many calls at a time come to: how many of them were answered with what they asked.
function command.MANY(node, address, tasks, each)
	local right, left = 0, tasks
	local co = coroutine.running()
	for i = 1, tasks do
		skynet.fork(function()
			for j = 1, each do
				local a, b = cluster.call(node, address, "ECHO", i, j)
				if a == i and b == j then
					right = right + 1
				end
			end
			left = left - 1
			if left == 0 then
				skynet.wakeup(co)
			end
		end)
	end
	skynet.wait(co)
	return right
end

skynet.start(function()
	skynet.dispatch("lua", function(session, _, name, ...)
		if session == 0 then
			command[name](...)
		else
			skynet.retpack(command[name](...))
		end
	end)
	cluster.reload { ours = skynet.getenv "ours" }
	cluster.register "lua"
	cluster.open(tonumber(skynet.getenv "port"))
	skynet.error "situation ready"
end)
