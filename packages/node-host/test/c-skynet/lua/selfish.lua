-- A unique service that asks for itself while it starts.
local skynet = require "skynet"

skynet.start(function()
	skynet.uniqueservice "selfish"
end)
