import { isExtensionError } from "everline";
import { tell } from "./here.js";

tell(isExtensionError(new Error("ours")));
