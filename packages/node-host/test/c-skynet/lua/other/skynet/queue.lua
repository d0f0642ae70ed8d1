-- A queue as another version of Skynet might have it: it does the same, under other names.
local skynet = require "skynet"

return function()
	local owner
	local depth = 0
	local line = {}

	local function leave(ok, ...)
		depth = depth - 1
		if depth == 0 then
			owner = table.remove(line, 1)
			if owner then
				skynet.wakeup(owner)
			end
		end
		assert(ok, (...))
		return ...
	end

	return function(f, ...)
		local me = coroutine.running()
		if owner and owner ~= me then
			line[#line + 1] = me
			skynet.wait()
		end
		owner = me
		depth = depth + 1
		return leave(xpcall(f, debug.traceback, ...))
	end
end
