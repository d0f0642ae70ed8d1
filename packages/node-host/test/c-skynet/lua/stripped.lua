-- Loads Skynet's libraries without the names that debuggers know, as a program shipped as bytecode has them.
local find = package.searchers[2]
package.searchers[2] = function(name)
	local path = package.searchpath(name, package.path)
	if path and name:find "^skynet" then
		local file = assert(io.open(path))
		local text = file:read "a"
		file:close()
		return load(string.dump(assert(load(text, "@" .. path)), true), "@" .. path), path
	end
	return find(name)
end
return assert(loadfile(os.getenv "SKYNET_HOME" .. "/lualib/loader.lua"))(...)
