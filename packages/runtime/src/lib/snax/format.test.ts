/** What Lua 5.5's string.format gives, recorded: format, number, result; ERR where it throws. */
import { describe, expect, it } from "vitest";
import { format } from "./format.ts";

const recorded = `
%X	-1	FFFFFFFFFFFFFFFF
%g	1.0000000000000001e-05	1e-05
%E	255	2.550000E+02
%05d	65	00065
%5.2f	0	 0.00
%.3g	1	1
%e	-1	-1.000000e+00
%.3g	1.0000000000000001e-05	1e-05
%g	1000000	1e+06
%5d	99999.5	ERR
%.3g	-1	-1
%d	1000000	1000000
%e	0	0.000000e+00
%X	123456.789	ERR
%E	3.5	3.500000E+00
%X	0	0
% d	123456.789	ERR
%i	3.5	ERR
%E	-1	-1.000000E+00
%E	123456789	1.234568E+08
%e	42	4.200000e+01
%5.2f	1e+100	10000000000000000159028911097599180468360808563945281389781327557747838772170381060813469985856815104.00
%G	-1	-1
%+d	-2.25	ERR
%x	99999.5	ERR
%G	0	0
%.3e	0.10000000000000001	1.000e-01
%5.2f	0.10000000000000001	 0.10
%.3d	42	042
%d	123456789	123456789
%10.4g|	1	         1|
%08.3f	255	0255.000
%5d	65	   65
%+d	123456.789	ERR
%.3d	1.0000000000000001e-05	ERR
%g	10000000000	1e+10
%5d	255	  255
%8x	1	       1
%08.3f	1000000	1000000.000
%d	65	65
%-8d|	10000000000	10000000000|
%#x	1	0x1
%g	123456.789	123457
%i	-2.25	ERR
%5.2f	-2.25	-2.25
%i	1000000	1000000
%08.3f	0.10000000000000001	0000.100
%f	1.0000000000000001e-05	0.000010
%5.2f	123456.789	123456.79
%i	123456.789	ERR
%-8d|	0	0       |
%g	255	255
%.0f	255	255
%+d	0	+0
%c	42	*
%-5d|	65	65   |
%5d	1	    1
%+d	1	+1
%e	123456.789	1.234568e+05
%x	-2.25	ERR
%10.4g|	-1	        -1|
%.0f	0	0
%08.3f	-255	-255.000
%f	-2.25	-2.250000
%.3e	-1	-1.000e+00
%-8d|	99999.5	ERR
%5.2f	3.5	 3.50
%g	-1	-1
%o	-2.25	ERR
%.3e	99999.5	1.000e+05
%d	1e+100	ERR
%x	1e+100	ERR
%.0f	1e+100	10000000000000000159028911097599180468360808563945281389781327557747838772170381060813469985856815104
%g	1e+100	1e+100
%#x	0	0
%#x	-255	0xffffffffffffff01
`;

describe("format", () => {
  it.each(
    recorded
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t") as [string, string, string]),
  )("%j of %s is %j", (text, value, result) => {
    const tried = (): string => {
      try {
        return format(text, [Number(value)]);
      } catch (error) {
        expect(error).toMatchObject({ code: "ARGUMENT" });
        return "ERR";
      }
    };
    expect(tried()).toBe(result);
  });

  it("shows values as log lines do, and text as literals", () => {
    expect(format("%s %s %5s|%-5s|%.2s %q", [undefined, { a: 1 }, "x", "y", "abc", 'a"b'])).toMatch(
      /^\S+ .*a.*1.* {5}x\|y {4}\|ab "a\\"b"$/,
    );
    expect(format("100%% %d", [5n])).toBe("100% 5");
  });

  it("says which argument is wrong", () => {
    expect(() => format("%d", [])).toThrow('bad argument #2 to format "%d": no value for %d');
    expect(() => format("%d", ["x"])).toThrow("bad argument #2 to format (number expected, got string)");
    expect(() => format("%s %d", [1, 1.5])).toThrow("bad argument #3 to format (number has no integer representation)");
    expect(() => format("%y", [1])).toThrow('invalid conversion "%y" to format "%y"');
    expect(() => format("%", [])).toThrow("invalid conversion");
  });
});
