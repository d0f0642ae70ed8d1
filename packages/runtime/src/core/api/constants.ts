/**
 * Message types under their Skynet names.
 *
 * @module
 */
export {
  PTYPE_CLIENT,
  PTYPE_DEBUG,
  PTYPE_ERROR,
  PTYPE_HARBOR,
  PTYPE_LUA,
  PTYPE_MULTICAST,
  PTYPE_QUEUE,
  PTYPE_RESPONSE,
  PTYPE_SNAX,
  PTYPE_SOCKET,
  PTYPE_SYSTEM,
  PTYPE_TEXT,
  PTYPE_TRACE,
} from "../../kernel/message.ts";
