local skynet = require "skynet"
local snax = require "skynet.snax"
local multicast = require "skynet.multicast"
local sharetable = require "skynet.sharetable"
local datacenter = require "skynet.datacenter"

local function say(...) skynet.error(">", ...) end

local function room()
  local room = skynet.newservice("room", 2)
  local ok, channel = skynet.call(room, "lua", "join", "ann")
  say("join", ok)
  local hall = multicast.new { channel = channel, dispatch = function(_, _, ...) say("heard", ...) end }
  hall:subscribe()
  say("join again", skynet.call(room, "lua", "join", "ann"))
  say("say", skynet.call(room, "lua", "say", "hello"))
  skynet.send(room, "lua", "leave")
  skynet.sleep(5)
  say("say unjoined", (pcall(skynet.call, room, "lua", "say", "anybody?")))
end

local function rank()
  sharetable.loadtable("rules", { win = 3, draw = 1 })
  local rank = snax.newservice("rank", "rules")
  say("add", rank.req.add("ann", "win"), rank.req.add("bob", "draw"), rank.req.add("ann", "draw"))
  say("top", rank.req.top(2))
  rank.post.forget("ann")
  say("top", rank.req.top(2))
  say("no rule", (pcall(rank.req.add, "ann", "luck")))
  snax.kill(rank, "good bye")
end

local function cache()
  skynet.newservice("cache")
  local handle = datacenter.wait("cache", "handle")
  say("set", skynet.call(handle, "lua", "set", "colour", "blue"))
  say("get", skynet.call(handle, "lua", "get", "colour"))
  say("get", skynet.call(handle, "lua", "get", "shape"))
  say("spoil", skynet.call(handle, "lua", "spoil"))
  skynet.sleep(5)
  say("get", skynet.call(handle, "lua", "get", "colour"))
end

skynet.start(function()
  room()
  rank()
  cache()
  say("done")
end)
