/**
 * The guard of the contract's names, §1 to §15, row by row: each is exported, and is what it should be. The few that JavaScript cannot serve
 * are there too, and refuse with a hint. A name that is new in the contract belongs into these lists. Not here: cluster, harbor and the
 * databases, and what Skynet's own C and Lua halves say to each other (multicast core, sharedata host, the debug channel).
 */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import { bson } from "@skyloom/runtime/bson";
import { coroutine } from "@skyloom/runtime/coroutine";
import { crypt } from "@skyloom/runtime/crypt";
import { datacenter } from "@skyloom/runtime/datacenter";
import { datasheet } from "@skyloom/runtime/datasheet";
import { debug } from "@skyloom/runtime/debug";
import { dns } from "@skyloom/runtime/dns";
import { gateserver } from "@skyloom/runtime/gateserver";
import * as http from "@skyloom/runtime/http";
import { httpc } from "@skyloom/runtime/httpc";
import { httpd } from "@skyloom/runtime/httpd";
import { loginserver } from "@skyloom/runtime/loginserver";
import { manager, skynet as managed } from "@skyloom/runtime/manager";
import { md5 } from "@skyloom/runtime/md5";
import { memory } from "@skyloom/runtime/memory";
import { mqueue } from "@skyloom/runtime/mqueue";
import { msgserver } from "@skyloom/runtime/msgserver";
import { multicast } from "@skyloom/runtime/multicast";
import { netpack } from "@skyloom/runtime/netpack";
import { profile } from "@skyloom/runtime/profile";
import { queue } from "@skyloom/runtime/queue";
import { require } from "@skyloom/runtime/require";
import { service } from "@skyloom/runtime/service";
import { sharedata } from "@skyloom/runtime/sharedata";
import { sharemap } from "@skyloom/runtime/sharemap";
import { sharetable } from "@skyloom/runtime/sharetable";
import { snax } from "@skyloom/runtime/snax";
import { socket } from "@skyloom/runtime/socket";
import { socket_proxy } from "@skyloom/runtime/socket_proxy";
import { socketchannel } from "@skyloom/runtime/socketchannel";
import { socketdriver } from "@skyloom/runtime/socketdriver";
import { sockethelper } from "@skyloom/runtime/sockethelper";
import { sproto } from "@skyloom/runtime/sproto";
import { core as sprotoCore } from "@skyloom/runtime/sproto-core";
import { sprotoloader } from "@skyloom/runtime/sprotoloader";
import { sprotoparser } from "@skyloom/runtime/sprotoparser";
import { stm } from "@skyloom/runtime/stm";
import { tlshelper } from "@skyloom/runtime/tlshelper";
import { url } from "@skyloom/runtime/url";
import { websocket } from "@skyloom/runtime/websocket";

const words = (text: string): string[] => text.trim().split(/\s+/);

/** §1: constants and their values. */
const constants = {
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
const core = words(`
  register_protocol dispatch self localname newservice uniqueservice queryservice exit send rawsend call rawcall ret response fork yield sleep
  wait wakeup killthread timeout now starttime time pack unpack tostring trash memlimit trace tracetag traceproto trace_timeout error task
  uniqtask request getenv setenv endless mqlen stat start init_service init redirect term dispatch_unknown_request dispatch_unknown_response
  genid context ignoreret address harbor retpack packstring tracecall tracelog hpc pcall info_func dispatch_message`);

/** §3: functions of skynet.manager. */
const management = words("launch kill abort register name forward_type filter monitor");

/** What we add to `skynet` (design D2, D3, D10, D14; style.md §2). */
const ours = words("callall values await bind running queue memory float tobytes totext tolist tomap torecord");

describe("§1 core: constants", () => {
  it.each(Object.entries(constants))("skynet.%s is %i", (name, value) => {
    expect(skynet[name as keyof typeof constants]).toBe(value);
  });
});

describe("§2 core and §3 manager: functions", () => {
  it.each([...core, ...management])("skynet.%s is a function", (name) => {
    expect(skynet[name as keyof typeof skynet]).toBeTypeOf("function");
  });

  it("skynet.cache is an object with clear and mode", () => {
    expect([skynet.cache.clear(), skynet.cache.mode("OFF")]).toEqual([undefined, "ON"]);
  });

  it("skynet has nothing else than the contract's names and ours", () => {
    expect(Object.keys(skynet).sort()).toEqual([...Object.keys(constants), ...core, ...management, ...ours, "cache"].sort());
  });

  it("the manager module exports the same object", () => {
    expect(manager).toBe(skynet);
    expect(managed).toBe(skynet);
  });
});

const modules: readonly (readonly [section: string, name: string, module: object, functions: string])[] = [
  ["§4", "service", service, "new query close"],
  ["§4", "require", require, "init_all"],
  ["§4", "debug", debug, "reg_debugcmd init"],
  ["§4", "mqueue", mqueue, "register call send size"],
  ["§4", "queue", queue, "create push pop"],
  [
    "§5",
    "snax",
    snax,
    `interface newservice rawnewservice bind uniqueservice globalservice queryservice queryglobal kill exit self hotfix profile_info printf
     enablecluster define load`,
  ],
  ["§6", "sproto", sproto, "new parse sharenew pack unpack"],
  ["§6", "sprotoparser", sprotoparser, "parse dump"],
  ["§6", "sprotoloader", sprotoloader, "register save load"],
  [
    "§6",
    "sproto.core",
    sprotoCore,
    "newproto deleteproto saveproto loadproto querytype protocol encode decode default pack unpack dumpproto",
  ],
  ["§7", "httpd", httpd, "read_request write_response"],
  ["§7", "httpc", httpc, "dns request get head post request_stream"],
  ["§7", "websocket", websocket, "accept connect read write ping close addrinfo real_ip is_close"],
  ["§7", "url", url, "parse parse_query"],
  ["§7", "sockethelper", sockethelper, "readfunc writefunc readall connect close shutdown"],
  ["§7", "tlshelper", tlshelper, "newctx newtls init_requestfunc init_responsefunc readfunc writefunc readallfunc closefunc"],
  [
    "§8",
    "socket",
    socket,
    `open start listen read readall readline block write lwrite close shutdown close_fd abandon pause warning onclose invalid disconnected limit
     netstat header bind stdin resolve udp udp_connect udp_listen udp_dial sendto udp_address`,
  ],
  [
    "§8",
    "socketdriver",
    socketdriver,
    `connect close shutdown listen send lsend start pause nodelay info bind udp udp_connect udp_listen udp_dial udp_send udp_address
     buffer push pop readall readline clear drop str2p unpack header`,
  ],
  ["skynet_package", "socket_proxy", socket_proxy, "subscribe read write close info"],
  ["§9", "datacenter", datacenter, "set get wait call acall map"],
  ["§9", "multicast", multicast, "new create send del_group"],
  ["§10", "md5", md5, "sum sumhexa hmacmd5 exor crypt decrypt"],
  [
    "§10",
    "crypt",
    crypt,
    `hexencode hexdecode base64encode base64decode xor_str dhexchange dhsecret hmac_hash hmac64 hmac64_md5 hashkey hmac_sha1 md5hash sha1
     desencode desdecode randomkey`,
  ],
  ["§10", "dns", dns, "server resolve resolve_sync ip_to_str str_to_ip flush"],
  ["§11", "coroutine", coroutine, "create resume running status yield wrap close isyieldable thread"],
  ["§12", "sharedata", sharedata, "query new update delete deepcopy flush"],
  ["§12", "sharetable", sharetable, "load loadfile loadstring loadtable query queryall update save"],
  ["§12", "sharemap", sharemap, "new update get register writer reader"],
  ["§12", "stm", stm, "new copy newcopy"],
  ["§12", "datasheet", datasheet, "query"],
  ["§12", "datasheet.builder", datasheet.builder, "new update compile"],
  ["§13", "bson", bson, "encode encode_order decode date timestamp regex binary objectid int64 type to_lightuserdata"],
  ["§13", "socketchannel", socketchannel, "new channel"],
  ["§13", "channel", socketchannel.new({ host: "a" }), "connect request response close change changehost changebackup"],
  ["§14", "gateserver", gateserver, "start openclient closeclient"],
  ["§14", "msgserver", msgserver, "start userid username login logout ip"],
  ["§14", "netpack", netpack, "pack pop filter clear tostring"],
  ["§14", "profile", profile, "start stop resume wrap"],
  ["§14", "memory", memory, "total block info current dumpinfo dump dumpheap profactive"],
];

describe.each(modules)("%s %s", (_section, name, module, functions) => {
  it.each(words(functions))(`${name}.%s is a function`, (key) => {
    expect(Reflect.get(module, key)).toBeTypeOf("function");
  });
});

describe("§7 http", () => {
  it("re-exports httpd, httpc, url and sockethelper", () => {
    expect([http.httpd, http.httpc, http.url, http.sockethelper]).toEqual([httpd, httpc, url, sockethelper]);
  });
});

describe("modules that are functions", () => {
  it("§4 require and queue can be called", () => {
    expect([typeof require, typeof queue, typeof skynet.queue]).toEqual(["function", "function", "function"]);
  });

  it("§14 loginserver is a function", () => {
    expect(loginserver).toBeTypeOf("function");
  });
});

describe("§6 objects of sproto", () => {
  const schema = sproto.parse(`
    .package { type 0 : integer session 1 : integer }
    .Item { n 0 : integer }
    get 1 { request { name 0 : string } response Item }`);

  it.each(
    words(`host encode decode pencode pdecode queryproto exist_proto request_encode response_encode request_decode response_decode exist_type
           default`),
  )("sproto:%s is a method", (name) => {
    expect(Reflect.get(schema, name)).toBeTypeOf("function");
  });

  it.each(["dispatch", "attach"])("host:%s is a method", (name) => {
    expect(Reflect.get(schema.host(), name)).toBeTypeOf("function");
  });

  it("attach gives a function, and dispatch of a request gives a responder", () => {
    const host = schema.host();
    const request = host.attach(schema);
    expect(request).toBeTypeOf("function");
    const [kind, name, args, responder] = host.dispatch(request("get", { name: "x" }, 1)) as readonly unknown[];
    expect([kind, name, args, typeof responder]).toEqual(["REQUEST", "get", { name: "x" }, "function"]);
  });
});

describe("refused: UNSUPPORTED, with what to do instead", () => {
  it.each<readonly [name: string, call: () => unknown, hint: RegExp]>([
    ["§15 skynet.codecache loadfile", () => skynet.cache.loadfile("a.lua"), /skynet\.cache\.loadfile\("a\.lua"\).*: import the module/],
    ["§14 memory.dumpinfo", () => memory.dumpinfo(), /memory\.dumpinfo .*heap snapshot/],
    ["§14 memory.dump", () => memory.dump(), /memory\.dump .*heap snapshot/],
    ["§14 memory.profactive", () => memory.profactive(), /memory\.profactive .*heap snapshot/],
  ])("%s", (_name, call, hint) => {
    expect(call).toThrow(expect.objectContaining({ code: "UNSUPPORTED", message: expect.stringMatching(hint) as string }));
  });
});
