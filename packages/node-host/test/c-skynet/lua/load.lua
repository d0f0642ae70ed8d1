-- Two of these send each other messages without a pause: what a server under load looks like.
local skynet = require "skynet"

local count = 0
local CMD = {}

function CMD.run(other)
	while true do
		skynet.call(other, "lua", "count")
	end
end

function CMD.count()
	count = count + 1
end

function CMD.total()
	return count
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		skynet.retpack(CMD[cmd](...))
	end)
end)
