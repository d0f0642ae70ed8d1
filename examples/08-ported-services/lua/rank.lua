local skynet = require "skynet"
local snax = require "skynet.snax"
local sharetable = require "skynet.sharetable"

local scores = {}
local rules

function response.top(n)
  local list = {}
  for name, points in pairs(scores) do
    list[#list + 1] = { name = name, points = points }
  end
  table.sort(list, function(a, b)
    if a.points == b.points then return a.name < b.name end
    return a.points > b.points
  end)
  local out = {}
  for i = 1, math.min(n, #list) do
    out[i] = list[i].name .. " " .. list[i].points
  end
  return table.concat(out, ", ")
end

function response.add(name, what)
  local points = assert(rules[what], "no rule for " .. what)
  scores[name] = (scores[name] or 0) + points
  return scores[name]
end

function accept.forget(name)
  scores[name] = nil
end

function init(table_name)
  rules = sharetable.query(table_name)
end

function exit(...)
  skynet.error("> rank ends", ...)
end
