-- A philosopher of a ring: takes its own fork, then asks the next one for his.
local skynet = require "skynet"
local queue = require "skynet.queue"

local lock = queue()
local CMD = {}

function CMD.dine(next, cs)
	return lock(function()
		skynet.sleep(cs)
		return skynet.call(next, "lua", "lend")
	end)
end

function CMD.lend()
	return lock(function() end)
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		skynet.retpack(CMD[cmd](...))
	end)
end)
