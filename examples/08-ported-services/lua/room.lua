local skynet = require "skynet"
local queue = require "skynet.queue"
local multicast = require "skynet.multicast"

local limit = tonumber((...))

local members = {}
local count = 0
local channel
local lock = queue()

local CMD = {}

function CMD.join(source, nick)
  return lock(function()
    if members[source] then return false, "twice" end
    skynet.sleep(2) -- somebody is asked whether the nick is free
    if count >= limit then return false, "full" end
    members[source] = nick
    count = count + 1
    channel:publish("joined", nick)
    return true, channel.channel
  end)
end

function CMD.say(source, text)
  local nick = assert(members[source], "join first")
  channel:publish("said", nick, text)
  return count
end

function CMD.leave(source)
  local nick = members[source]
  if nick == nil then return end
  members[source] = nil
  count = count - 1
  channel:publish("left", nick)
end

skynet.start(function()
  channel = multicast.new()
  skynet.dispatch("lua", function(session, source, cmd, ...)
    local f = CMD[cmd]
    if session == 0 then
      f(source, ...)
    else
      skynet.retpack(f(source, ...))
    end
  end)
end)
