-- One of two services that lock each other out: each holds its own queue while it asks the other.
local skynet = require "skynet"
local queue = require "skynet.queue"

local lock = queue()
local CMD = {}

function CMD.pay(other, cs)
	return lock(function()
		skynet.sleep(cs)
		return skynet.call(other, "lua", "log", "paid")
	end)
end

function CMD.log(text)
	return lock(function()
		return text
	end)
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		skynet.retpack(CMD[cmd](...))
	end)
end)
