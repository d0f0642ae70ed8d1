local skynet = require "skynet"
local socket = require "skynet.socket"
local socketchannel = require "skynet.socketchannel"
local crypt = require "skynet.crypt"
local datacenter = require "skynet.datacenter"

-- A store of texts on TCP, and a channel that asks it.
local store = {}

local function serve(id)
  socket.start(id)
  while true do
    local line = socket.readline(id)
    if not line then break end
    local verb, key, value = line:match "^(%a+) (%S+) ?(.*)$"
    if verb == "set" then
      store[key] = value
      socket.write(id, "ok\n")
    elseif verb == "get" then
      socket.write(id, (store[key] or "-") .. "\n")
    else
      socket.write(id, "what\n")
      break
    end
  end
  socket.close(id)
end

local function reply(sock)
  return true, sock:readline "\n"
end

local channel

local CMD = {}

function CMD.set(key, value)
  local name = crypt.hexencode(crypt.sha1(key)):sub(1, 8)
  return channel:request("set " .. name .. " " .. value .. "\n", reply)
end

function CMD.get(key)
  local name = crypt.hexencode(crypt.sha1(key)):sub(1, 8)
  return name, channel:request("get " .. name .. "\n", reply)
end

function CMD.spoil()
  return channel:request("nonsense x\n", reply)
end

skynet.start(function()
  local id, address, port = socket.listen("127.0.0.1", 0)
  socket.start(id, function(client) skynet.fork(serve, client) end)
  channel = socketchannel.channel { host = address, port = port }
  datacenter.set("cache", "handle", skynet.self())
  skynet.dispatch("lua", function(_, _, cmd, ...)
    skynet.retpack(CMD[cmd](...))
  end)
end)
