import { useInAddress } from "../../parts/address.ts";
import { wantedOf, writtenOf } from "./wanted.ts";

/** Which runs the address asks for. */
export const useWanted = () => useInAddress(wantedOf, writtenOf);
