/**
 * The names of the Skynet API, section by section of the contract. Not here: harbor and the databases, and what Skynet's own C and Lua
 * halves say to each other (multicast core, sharedata host, the debug channel). A name that is new in the contract belongs into these lists:
 * that it is exported, and that a test quotes it, is checked from them.
 */
const words = (text: string): string[] => text.trim().split(/\s+/);

/** §1: constants and their values. */
export const constants = {
  PTYPE_TEXT: 0,
  PTYPE_RESPONSE: 1,
  PTYPE_MULTICAST: 2,
  PTYPE_CLIENT: 3,
  PTYPE_SYSTEM: 4,
  PTYPE_HARBOR: 5,
  PTYPE_SOCKET: 6,
  PTYPE_ERROR: 7,
  PTYPE_QUEUE: 8,
  PTYPE_DEBUG: 9,
  PTYPE_LUA: 10,
  PTYPE_SNAX: 11,
  PTYPE_TRACE: 12,
} as const;

/** §2: functions of the core. */
export const core = words(`
  register_protocol dispatch self localname newservice uniqueservice queryservice exit send rawsend call rawcall ret response fork yield sleep
  wait wakeup killthread timeout now starttime time pack unpack tostring trash memlimit trace tracetag traceproto trace_timeout error task
  uniqtask request getenv setenv endless mqlen stat start init_service init redirect term dispatch_unknown_request dispatch_unknown_response
  genid context ignoreret address harbor retpack packstring tracecall tracelog hpc pcall info_func dispatch_message`);

/** §3: functions of skynet.manager. */
export const management = words("launch kill abort register name forward_type filter monitor");

/** §4 to §14: functions of the modules. */
export const modules = (
  [
    ["§4", "service", "new query close"],
    ["§4", "require", "init_all"],
    ["§4", "debug", "reg_debugcmd init"],
    ["§4", "mqueue", "register call send size"],
    ["§4", "queue", "create push pop"],
    [
      "§5",
      "snax",
      "interface newservice rawnewservice bind uniqueservice globalservice queryservice queryglobal kill exit self hotfix profile_info printf enablecluster define load",
    ],
    ["§6", "sproto", "new parse sharenew pack unpack"],
    ["§6", "sprotoparser", "parse dump"],
    ["§6", "sprotoloader", "register save load"],
    ["§6", "sproto.core", "newproto deleteproto saveproto loadproto querytype protocol encode decode default pack unpack dumpproto"],
    ["§7", "httpd", "read_request write_response"],
    ["§7", "httpc", "dns request get head post request_stream"],
    ["§7", "websocket", "accept connect read write ping close addrinfo real_ip is_close"],
    ["§7", "url", "parse parse_query"],
    ["§7", "sockethelper", "readfunc writefunc readall connect close shutdown"],
    ["§7", "tlshelper", "newctx newtls init_requestfunc init_responsefunc readfunc writefunc readallfunc closefunc"],
    [
      "§8",
      "socket",
      "open start listen read readall readline block write lwrite close shutdown close_fd abandon pause warning onclose invalid disconnected limit netstat header bind stdin resolve udp udp_connect udp_listen udp_dial sendto udp_address",
    ],
    [
      "§8",
      "socketdriver",
      "connect close shutdown listen send lsend start pause nodelay info bind udp udp_connect udp_listen udp_dial udp_send udp_address buffer push pop readall readline clear drop str2p unpack header",
    ],
    ["skynet_package", "socket_proxy", "subscribe read write close info"],
    ["§9", "cluster", "call callall send query open reload proxy snax register unregister get_sender"],
    ["§15", "cluster.core", "packrequest packpush packtrace unpackrequest packresponse unpackresponse append concat isname nodename"],
    ["§9", "datacenter", "set get wait call acall map"],
    ["§9", "multicast", "new create send del_group"],
    ["§10", "md5", "sum sumhexa hmacmd5 exor crypt decrypt"],
    [
      "§10",
      "crypt",
      "hexencode hexdecode base64encode base64decode xor_str dhexchange dhsecret hmac_hash hmac64 hmac64_md5 hashkey hmac_sha1 md5hash sha1 desencode desdecode randomkey",
    ],
    ["§10", "dns", "server resolve resolve_sync ip_to_str str_to_ip flush"],
    ["§11", "coroutine", "create resume running status yield wrap close isyieldable thread"],
    ["§12", "sharedata", "query new update delete deepcopy flush"],
    ["§12", "sharetable", "load loadfile loadstring loadtable query queryall update save"],
    ["§12", "sharemap", "new update get register writer reader"],
    ["§12", "stm", "new copy newcopy"],
    ["§12", "datasheet", "query"],
    ["§12", "datasheet.builder", "new update compile"],
    ["§13", "bson", "encode encode_order decode date timestamp regex binary objectid int64 type to_lightuserdata"],
    ["§13", "socketchannel", "new channel"],
    ["§13", "channel", "connect request response close change changehost changebackup"],
    ["§14", "gateserver", "start openclient closeclient"],
    ["§14", "msgserver", "start userid username login logout ip"],
    ["§14", "netpack", "pack pop filter clear tostring"],
    ["§14", "profile", "start stop resume wrap"],
    ["§14", "memory", "total block info current dumpinfo dump dumpheap profactive"],
  ] as const
).map(([section, name, functions]) => ({ section, name, functions: words(functions) }));

/** §6: methods of what `sproto.new` and `parse` give, and of what `host` gives. */
export const sprotoMethods =
  words(`host encode decode pencode pdecode queryproto exist_proto request_encode response_encode request_decode response_decode exist_type
           default`);
export const hostMethods = words("dispatch attach");
